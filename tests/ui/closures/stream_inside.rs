use streaming_runtime::stream_pipeline;

fn main() {
    let _ = stream_pipeline!({
        let blocked = files("blocked.txt").lines();
        blocked.print();
        stdin().lines().filter(|line| !blocked.contains(line)).print();
    });
}
