use streaming_runtime::stream_pipeline;

fn main() {
    let words = vec![String::from("a")];
    let _ = stream_pipeline!({
        stdin().lines().filter(|line| words.iter().any(|word| word == line)).print();
    });
    println!("{}", words.len());
}
