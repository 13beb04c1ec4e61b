use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let longest = stdin().lines().key_by(|line| line.len()).batch().reduce(|line| line);
        longest.print();
    });
}
