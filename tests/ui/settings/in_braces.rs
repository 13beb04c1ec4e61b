use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings { batch_interval = 1s, name = "echo" }
        stdin().lines().print();
    });
}
