use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let longest = memory(vec!["a", "b"]).key_by(|word| word.len()).batch().reduce(|a, _| a.len());
        longest.map(|(_, word)| word).print();
    });
}
