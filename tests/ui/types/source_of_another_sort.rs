use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        source(3).print();
    });
}
