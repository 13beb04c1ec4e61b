use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let total = stdin().lines().sum(|line| line.len());
        total.print();
    });
}
