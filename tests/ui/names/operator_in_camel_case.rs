use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().flatMap(|line| line.split(' ').collect::<Vec<_>>()).print();
    });
}
