use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        kafka("orders", brokers = "localhost:9092", format = json).print();
    });
}
