use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let bad = files("bad").lines();
        stdin().json::<u64>().on_error(dead_letter(bad)).print();
    });
}
