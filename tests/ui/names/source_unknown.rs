use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        rabbitmq("orders").lines().key_by(|line| line.len()).batch().count().print();
    });
}
