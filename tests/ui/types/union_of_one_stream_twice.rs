use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        union(lines.filter(|line| !line.is_empty()), lines.map(|line| line.len())).print();
    });
}
