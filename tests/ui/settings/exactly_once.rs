use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(guarantee = exactly_once);
        stdin().lines().to(files("out").jsonl());
    });
}
