use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(vec![1i64]).event_time(|order| **order, max_delay = 30s, max_ahead = unbound);
        orders.map(|order| *order).print();
    });
}
