use streaming_runtime::stream_pipeline;

struct Limit(usize);

fn main() {
    let _ = stream_pipeline!({
        let limit = Limit(3);
        let words = memory(vec!["a", "b"]).filter(|word| word.len() > limit.0);
        let counts = words.key_by(|word| *word).batch().count();
        counts.filter(|(word, _)| word.len() > limit.0).print();
    });
}
