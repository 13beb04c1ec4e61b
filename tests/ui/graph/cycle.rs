use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let a = b.map(|line| line);
        let b = a.map(|line| line);
        b.print();
    });
}
