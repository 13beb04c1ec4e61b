use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let (a, b) = stdin().lines();
        a.print();
        b.print();
    });
}
