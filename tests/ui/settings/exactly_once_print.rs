use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(guarantee = exactly_once);
        memory(vec![1]).print();
    });
}
