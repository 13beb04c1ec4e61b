use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let counts = stdin().lines().key_by(|line| line.len()).batch().running(ttl = 1h).count();
        counts.print();
    });
}
