use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        #[reset = "wrong words"]
        #[reset = "wrong again"]
        let words = lines.key_by(|line| line.len()).running(unbounded).count();
        words.print();
    });
}
