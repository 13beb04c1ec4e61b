use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let seconds = 3;
        settings(batch_interval = seconds);
        stdin().lines().print();
    });
}
