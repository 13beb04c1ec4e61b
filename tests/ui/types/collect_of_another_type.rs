use streaming_runtime::stream_pipeline;
use streaming_runtime::sink::Collected;

fn main() {
    let _ = stream_pipeline!({
        let lengths = Collected::<usize>::new();
        stdin().lines().flat_map(|line| line.split(' ')).to(collect(lengths));
    });
}
