use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(guarantee = at_most_once);
        stdin().lines().print();
    });
}
