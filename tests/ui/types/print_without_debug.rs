use streaming_runtime::stream_pipeline;

struct Order {
    user: String,
}

fn main() {
    let _ = stream_pipeline!({
        memory(vec![Order { user: "anna".to_owned() }]).print();
    });
}
