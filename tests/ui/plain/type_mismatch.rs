use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let limit: usize = "three";
        stdin().lines().filter(move |line| line.len() > limit).print();
    });
}
