use streaming_runtime::stream_pipeline;

fn main() {
    let prefix = String::from("> ");
    let start = prefix.as_str();
    let pipeline = stream_pipeline!({
        stdin().lines().map(|line| format!("{start}{line}")).print();
    });
    drop(pipeline);
}
