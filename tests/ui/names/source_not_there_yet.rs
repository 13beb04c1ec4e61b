use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        kinesis("orders").json::<u64>().print();
    });
}
