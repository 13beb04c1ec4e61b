use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        memory(vec![("anna", 3)]).filter(|order: (&str, i32)| order.1 > 2).map(|order| order.0).print();
    });
}
