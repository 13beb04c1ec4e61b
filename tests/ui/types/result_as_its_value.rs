use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone)]
struct Order {
    user: String,
}

fn parse(line: &str) -> Result<Order, std::num::ParseIntError> {
    Ok(Order { user: line.to_owned() })
}

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines().map(parse);
        let counts = orders.key_by(|order| order.user.clone()).batch().count();
        counts.print();
    });
}
