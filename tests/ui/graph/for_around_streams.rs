use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        for name in ["a", "b"] {
            files(name).lines().print();
        }
    });
}
