use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(trigger = interval(1s), batch_interval = 2s);
        stdin().lines().print();
    });
}
