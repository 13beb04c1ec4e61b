use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(on_panic = dead_letter);
        let lines = stdin().lines();
        lines.print();
        memory([1, 2]).map(|n| 8 / n).print();
    });
}
