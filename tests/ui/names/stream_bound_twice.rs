use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        let lines = lines.filter(|line| !line.is_empty());
        lines.print();
    });
}
