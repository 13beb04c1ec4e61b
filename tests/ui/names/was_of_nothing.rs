use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        #[was = "texts"]
        let trimmed = lines.map(|line| line.trim());
        let words = trimmed.key_by(|line| line.len()).running(unbounded).count();
        words.print();
    });
}
