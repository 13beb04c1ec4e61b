use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        let large = refunds.filter(|refund| refund.len() > 3);
        union(orders, large).key_by(|order| order.len()).batch().count().print();
    });
}
