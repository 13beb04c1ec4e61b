#![allow(unused_mut)]

use streaming_runtime::stream_pipeline;

fn main() {
    let mut seen = Vec::new();
    let _ = stream_pipeline!({
        stdin().lines().inspect(|line| seen.push(line.len())).print();
    });
}
