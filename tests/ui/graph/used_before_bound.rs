use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let words = lines.flat_map(|line| line.split(' '));
        let lines = stdin().lines();
        words.print();
    });
}
