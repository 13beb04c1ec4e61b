use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        memory(vec![("anna", 3)]).filter(|order| order.1).map(|order| order.0).print();
    });
}
