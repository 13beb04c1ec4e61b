use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let a = union(stdin().lines(), a);
        a.print();
    });
}
