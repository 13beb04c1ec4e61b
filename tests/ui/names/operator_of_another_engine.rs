use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().group_by(|line| line.len()).batch().count().print();
    });
}
