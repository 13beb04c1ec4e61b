use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        memory(vec![("anna", "12:30")]).event_time(|order| order.1, max_delay = 30s).map(|order| order.0).print();
    });
}
