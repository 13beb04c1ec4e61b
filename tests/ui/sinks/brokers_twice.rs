use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        kafka("orders", brokers = "localhost:9092").brokers("localhost:9093").lines().print();
    });
}
