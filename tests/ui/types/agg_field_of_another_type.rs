use streaming_runtime::stream_pipeline;

struct Total {
    user: String,
    n: u32,
}

fn main() {
    let _ = stream_pipeline!({
        let totals = memory(vec![("anna", 3)]).key_by(|order| order.0).batch().agg(Total { user: key(), n: count() });
        totals.map(|total| format!("{} {}", total.user, total.n)).print();
    });
}
