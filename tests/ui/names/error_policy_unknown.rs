use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        files("*.txt").lines().on_error(ignore).print();
    });
}
