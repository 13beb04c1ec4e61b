use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let limit = limits.len();
        stdin().lines().filter(move |line| line.len() > limit).print();
    });
}
