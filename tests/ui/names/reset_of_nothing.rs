use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        #[reset = "wrong words"]
        let lines = stdin().lines();
        let words = lines.key_by(|line| line.len()).running(unbounded).count();
        words.print();
    });
}
