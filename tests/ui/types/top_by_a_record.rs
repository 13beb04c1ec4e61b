use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Order {
    user: u64,
    amount: f64,
}

fn main() {
    let orders = vec![Order { user: 1, amount: 2.5 }];
    let _ = stream_pipeline!({
        let best = memory(orders).key_by(|order| order.user).batch().agg((key(), top(3, |order| order)));
        best.print();
    });
}
