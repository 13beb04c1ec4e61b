use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().settings(threads = 4).print();
    });
}
