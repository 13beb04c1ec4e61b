use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        let refunds = files("refunds/*.txt").lines();
        orders.print();
        refunds.print();
        payments.filter(|line| !line.is_empty()).print();
    });
}
