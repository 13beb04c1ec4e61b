use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let totals = memory(vec![("anna", "3")]).key_by(|order| order.0).batch().agg((key(), sum(|order| order.1)));
        totals.map(|(user, _)| user).print();
    });
}
