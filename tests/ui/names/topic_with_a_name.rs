use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        kafka(topic = "orders", brokers = "localhost:9092").lines().print();
    });
}
