use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        #[cfg(all())]
        let long = orders.filter(|order| order.len() > 80);
        #[cfg(any())]
        long.print();
        orders.print();
    });
}
