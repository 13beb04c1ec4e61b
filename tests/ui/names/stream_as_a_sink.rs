use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = stdin().lines();
        let out = files("out").lines();
        orders.to(out);
    });
}
