use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().map(|line: u64| line + 1).print();
    });
}
