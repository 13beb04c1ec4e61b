use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        while std::env::args().len() > 1 {
            orders.print();
        }
    });
}
