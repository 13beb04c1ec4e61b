use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        if std::env::args().len() > 1 {
            orders.print();
        }
        orders.to(files("out").jsonl());
    });
}
