use streaming_runtime::stream_pipeline;

#[derive(Debug)]
struct Order {
    user: String,
}

fn main() {
    let _ = stream_pipeline!({
        memory(vec![Order { user: "anna".to_owned() }]).to(files("out").jsonl());
    });
}
