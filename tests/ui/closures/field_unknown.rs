use streaming_runtime::stream_pipeline;

struct Order {
    user: String,
    amount: f64,
}

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(Vec::<Order>::new());
        let large = orders.filter(|order| order.amout > 100.0);
        large.map(|order| order.user).print();
    });
}
