use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let numbers = stdin().lines().map(|line| line.trim().parse::<i64>());
        numbers.filter(|number| *number > 3).print();
    });
}
