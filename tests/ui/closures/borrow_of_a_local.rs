use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        memory(vec!["a b"]).map(|line| {
            let upper = line.to_uppercase();
            upper.as_str()
        }).print();
    });
}
