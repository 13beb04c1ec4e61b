use streaming_runtime::stream_pipeline;

fn parse(line: u64) -> u64 {
    line
}

fn main() {
    let _ = stream_pipeline!({
        stdin().lines().map(parse).print();
    });
}
