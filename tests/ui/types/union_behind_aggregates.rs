use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let words = memory(vec!["a", "b"]);
        let counts = words.key_by(|word| word.len()).batch().count();
        union(words.map(|word| word.len()), counts).print();
    });
}
