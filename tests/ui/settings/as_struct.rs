use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        settings { name: "echo", threads: 2 };
        stdin().lines().print();
    });
}
