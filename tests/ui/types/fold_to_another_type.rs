use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(vec![("anna", 3)]);
        let totals = orders.key_by(|order| order.0).batch().fold(0, |sum, order| format!("{sum}{}", order.1));
        totals.map(|(user, _)| user).print();
    });
}
