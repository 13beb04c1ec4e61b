use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let limit = 3;
        stdin().lines().map(limit).print();
    });
}
