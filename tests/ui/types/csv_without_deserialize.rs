use streaming_runtime::stream_pipeline;

#[derive(Debug)]
struct Order {
    user: String,
}

fn main() {
    let _ = stream_pipeline!({
        files("*.csv").csv::<Order>().print();
    });
}
