use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let lines = stdin().lines();
        union(lines, files("*.txt").lines()).map(|line, meta| (line, meta.offset)).print();
    });
}
