use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(max_batch_bytes = 64MB);
        stdin().lines().print();
    });
}
