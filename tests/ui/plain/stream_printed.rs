use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        lines.print();
        println!("{lines:?}");
    });
}
