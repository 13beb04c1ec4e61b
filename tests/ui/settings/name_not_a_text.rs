use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(name = 5);
        stdin().lines().print();
    });
}
