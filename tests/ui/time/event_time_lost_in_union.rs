use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let timed = memory(vec![("anna", 1i64)]).event_time(|order| order.1, max_delay = 30s);
        let counts = union(timed, memory(vec![("bert", 2i64)]))
            .key_by(|order| order.0)
            .window(tumbling(1min))
            .count();
        counts.print();
    });
}
