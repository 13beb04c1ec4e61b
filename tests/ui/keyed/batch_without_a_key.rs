use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let counts = stdin().lines().batch().count();
        counts.print();
    });
}
