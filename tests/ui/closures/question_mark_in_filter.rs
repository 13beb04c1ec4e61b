use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().filter(|line| line.parse::<u64>()? > 3).print();
    });
}
