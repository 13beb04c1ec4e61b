use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(1s);
        stdin().lines().print();
    });
}
