use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let (short, long) = stdin().lines().branch(|line| line.len() < 10, |line| line.len() > 80);
        short.print();
        long.print();
    });
}
