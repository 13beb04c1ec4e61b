use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(threads = 4s);
        stdin().lines().print();
    });
}
