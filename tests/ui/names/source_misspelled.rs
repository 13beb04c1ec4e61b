use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = kafak("orders").lines();
        orders.print();
    });
}
