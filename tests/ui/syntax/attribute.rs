use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        #[allow(unused)]
        let lines = stdin().lines();
        lines.print();
    });
}
