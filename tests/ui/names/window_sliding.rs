use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let orders = memory(vec![1]).event_time(|at| **at, max_delay = 1s);
        let counts = orders.key_by(|at| **at).window(sliding(1h, every = 1min)).count();
        counts.print();
    });
}
