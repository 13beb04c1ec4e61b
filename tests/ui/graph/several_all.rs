use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lins();
        let lengths = lines.map(|line| line.len());
        let words = stdin().lines().flat_map();
        let counts = words.key_by(|word| word.clone()).running().count();
        lengths.print();
    });
}
