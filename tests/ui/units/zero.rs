use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(batch_interval = 0s);
        stdin().lines().print();
    });
}
