use streaming_runtime::stream_pipeline;

struct Order {
    user: String,
    amount: f64,
}

fn is_known(user: String) -> bool {
    user.len() > 3
}

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(Vec::<Order>::new());
        orders.filter(|order| is_known(order.user)).map(|order| order.amount).print();
    });
}
