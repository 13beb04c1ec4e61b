use streaming_runtime::stream_pipeline;

fn main() {
    let words = vec![String::from("a")];
    let known = stream_pipeline!({
        stdin().lines().filter(|line| words.iter().any(|word| word == line)).print();
    });
    let unknown = stream_pipeline!({
        stdin().lines().filter(|line| !words.iter().any(|word| word == line)).print();
    });
    drop((known, unknown));
}
