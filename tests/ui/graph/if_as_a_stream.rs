use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        let kept = if cfg!(test) { orders } else { orders.filter(|order| !order.is_empty()) };
        kept.print();
    });
}
