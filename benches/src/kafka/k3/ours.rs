//! The pipeline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use streaming_runtime::stream_pipeline;

use super::{IDLE, Ping};
use crate::checkpoint::place;

pub(super) fn run(threads: usize, bootstrap: &'static str, from: &str, to: &str, stop: &AtomicBool) {
    let kept = place();
    let pipeline = stream_pipeline!({
        settings(trigger = asap, brokers = bootstrap, guarantee = exactly_once);

        let pings = kafka(from).group(to).config("fetch.wait.max.ms", 5).json::<Ping>();
        pings.to(kafka(to).json());
    });
    let running = pipeline.threads(threads).checkpoint(kept.path()).start();
    while !stop.load(Ordering::Acquire) {
        thread::sleep(IDLE);
    }
    running.stop();
    running.join().expect("the pipeline runs");
}
