use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let counts = memory(vec![("anna", 3.5)]).key_by(|order| order.1).batch().count();
        counts.print();
    });
}
