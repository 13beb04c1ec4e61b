use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(threads = 2, threads = 4);
        stdin().lines().print();
    });
}
