use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let long = stdin().lines().split(|line| line.len() > 80);
        long.print();
    });
}
