use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let printed = stdin().lines().print();
    });
}
