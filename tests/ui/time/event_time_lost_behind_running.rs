use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let totals = memory(vec![("anna", 1i64)])
            .event_time(|order| order.1, max_delay = 30s)
            .key_by(|order| order.0)
            .running(ttl = 1h)
            .count();
        let hours = totals.key_by(|total| total.1).window(tumbling(1h)).count();
        hours.print();
    });
}
