use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let counts = memory(vec![("anna", 1i64)])
            .event_time(|order| order.1, max_delay = 30s)
            .key_by(|order| order.0)
            .window(sliding(10min, every = 3min))
            .count();
        counts.print();
    });
}
