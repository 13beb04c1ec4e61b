use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let numbers = memory(vec![1, 2]);
        let words = memory(vec!["a", "b"]);
        union(numbers, words).print();
    });
}
