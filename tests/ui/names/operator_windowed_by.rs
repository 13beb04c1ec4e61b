use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        orders.key_by(|order| order.len()).windowedBy(1min).count().print();
    });
}
