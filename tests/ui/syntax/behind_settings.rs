use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(threads = 1).lines();
        stdin().lines().print();
    });
}
