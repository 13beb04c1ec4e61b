use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let total = stdin().lines().key_by(|line| line.len()).batch().fold(|sum, line| sum + line.len());
        total.print();
    });
}
