use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = kafka("orders").brokers("localhost:9092").lines();
        orders.print();
    });
}
