#![allow(unused_mut)]

use streaming_runtime::stream_pipeline;

fn main() {
    let mut seen = 0;
    let _ = stream_pipeline!({
        stdin().lines().inspect(|_| seen += 1).print();
    });
}
