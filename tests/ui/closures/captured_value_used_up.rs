use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let greeting = String::from("hello");
        stdin().lines().map(|line| greeting + &line).print();
    });
}
