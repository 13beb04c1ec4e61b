use streaming_runtime::stream_pipeline;

fn main() {
    let words = vec![String::from("a")];
    for _ in 0..2 {
        let _ = stream_pipeline!({
            stdin().lines().filter(|line| words.iter().any(|word| word == line)).print();
        });
    }
}
