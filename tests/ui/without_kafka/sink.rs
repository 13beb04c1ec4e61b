use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        memory(vec![1, 2]).to(kafka("numbers", brokers = "localhost:9092"));
    });
}
