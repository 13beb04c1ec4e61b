use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(batch_intervall = 1s);
        stdin().lines().print();
    });
}
