//! An instance of a pipeline from topic to topic, for tests that kill it: `kafka-instance copy|count BROKERS INPUT OUTPUT DIRECTORY`.
//!
//! `copy` keeps no state, and several instances share the partitions. `count` counts records by key and window. Batches are small, so that there is
//! always one on its way.

use serde::{Deserialize, Serialize};
use streaming_runtime::{PipelineError, stream_pipeline};

/// What `count` reads.
#[derive(Debug, Deserialize)]
struct Tick {
    key: u64,
    at: i64,
}

/// What `count` writes.
#[derive(Debug, Serialize)]
struct Count {
    key: u64,
    from: i64,
    n: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, brokers, input, output, directory] = &arguments[..] else {
        panic!("usage: kafka-instance copy|count BROKERS INPUT OUTPUT DIRECTORY");
    };
    streaming_tests::log_to_stderr();
    let result = match mode.as_str() {
        "copy" => copy(brokers, input, output, directory),
        "count" => count(brokers, input, output, directory),
        mode => panic!("`{mode}` is neither `copy` nor `count`"),
    };
    if let Err(error) = result {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn copy(brokers: &str, input: &str, output: &str, directory: &str) -> Result<(), PipelineError> {
    let pipeline = stream_pipeline!({
        settings(
            name = "copies",
            batch_interval = 20ms,
            guarantee = exactly_once,
            checkpoint = directory,
        );
        let lines = kafka(input)
            .brokers(brokers)
            .group(input)
            .config("heartbeat.interval.ms", 200)
            .config("session.timeout.ms", 1500)
            .config("reconnect.backoff.max.ms", 200)
            .lines();
        let kept = lines.filter(|line| !line.is_empty());
        kept.to(kafka(output).config("reconnect.backoff.max.ms", 200));
    });
    pipeline.threads(2).run_blocking().map(drop)
}

fn count(brokers: &str, input: &str, output: &str, directory: &str) -> Result<(), PipelineError> {
    let pipeline = stream_pipeline!({
        settings(
            name = "counts",
            batch_interval = 20ms,
            guarantee = exactly_once,
            checkpoint = directory,
        );
        let ticks = kafka(input)
            .brokers(brokers)
            .group(input)
            .config("reconnect.backoff.max.ms", 200)
            .json::<Tick>()
            .event_time(|tick| tick.at, max_delay = 1s);
        let counts = ticks.key_by(|tick| tick.key).window(tumbling(1s)).agg(Count {
            key: key(),
            from: window_start(),
            n: count(),
        });
        counts.to(kafka(output).config("reconnect.backoff.max.ms", 200).json());
    });
    pipeline.threads(2).run_blocking().map(drop)
}
