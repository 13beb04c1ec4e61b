use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(key_partitions = 48);
        stdin().lines().print();
    });
}
