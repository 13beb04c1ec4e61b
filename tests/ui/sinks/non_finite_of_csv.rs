use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().to(files("out").csv().non_finite(null));
    });
}
