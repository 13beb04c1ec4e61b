use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings(on_panic = skipp, task_tries = 2);
        stdin().lines().print();
    });
}
