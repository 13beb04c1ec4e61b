use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(batch_interval = 99999999999d);
        stdin().lines().print();
    });
}
