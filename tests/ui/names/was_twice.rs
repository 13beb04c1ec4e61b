use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        #[was = "texts"]
        let lines = stdin().lines();
        #[was = "texts"]
        let words = lines.key_by(|line| line.len()).running(unbounded).count();
        words.print();
    });
}
