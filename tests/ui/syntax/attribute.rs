use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        #[inline]
        let lines = stdin().lines();
        lines.print();
    });
}
