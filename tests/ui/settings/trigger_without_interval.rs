use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(trigger = interval());
        stdin().lines().print();
    });
}
