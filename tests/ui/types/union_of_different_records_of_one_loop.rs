use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let numbers = memory(vec![1u64, 2]).map(|n| *n);
        let texts = numbers.map(|n| n.to_string());
        union(numbers.filter(|n| *n > 1), texts).print();
    });
}
