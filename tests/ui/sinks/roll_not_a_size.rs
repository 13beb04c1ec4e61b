use streaming_runtime::stream_pipeline;

fn main() {
    let size = "1GiB";
    let _ = stream_pipeline!({
        stdin().lines().to(files("out").jsonl().roll(size = size));
    });
}
