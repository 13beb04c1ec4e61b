use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let threads = String::from("4");
        settings(threads = threads);
        stdin().lines().print();
    });
}
