//! A pipeline with a checkpoint that is killed again and again: `victim DIRECTORY THREADS`.
//!
//! It reads `in/` of the directory to its end, writes to `out/`, and prints what it has counted over all its lives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;
use streaming_tests::log_to_stderr;
use streaming_tests::planting::plant_from_environment;

#[derive(Clone, Deserialize)]
struct Event {
    id: u64,
    key: u64,
    at: i64,
    value: i64,
}

#[derive(Serialize)]
struct Window {
    key: u64,
    from: i64,
    events: u64,
    sum: i64,
    first: u64,
    last: u64,
}

#[derive(Clone, Serialize)]
struct Running {
    key: u64,
    events: u64,
    sum: i64,
}

stream_pipeline!(
    fn victim(input: String, out: &str) {
        settings(trigger = available_now, max_batch_bytes = 6KiB);
        let events = files(input)
            .json::<Event>()
            .on_error(dead_letter(files(format!("{out}/dead")).jsonl().roll(size = 2KiB)))
            .event_time(|event| event.at, max_delay = 2s);
        events
            .filter(|event| event.value % 3 == 0)
            .map(|event| event.id)
            .to(files(format!("{out}/thirds")).jsonl().roll(size = 8KiB));
        let windows = events.key_by(|event| event.key).window(tumbling(1s)).agg(Window {
            key: key(),
            from: window_start(),
            events: count(),
            sum: sum(|event| event.value),
            first: first(|event| event.id),
            last: last(|event| event.id),
        });
        windows.to(files(format!("{out}/windows")).csv().roll(size = 16KiB, every = 30ms));
        windows
            .late()
            .map(|event| event.id)
            .to(files(format!("{out}/late")).jsonl());
        let running = events.key_by(|event| event.key).running(unbounded).agg(Running {
            key: key(),
            events: count(),
            sum: sum(|event| event.value),
        });
        running.to(sink(Batches::new(format!("{out}/running"))));
    }
);

/// A file for each batch, of what it changed: writing a batch again leaves the same.
struct Batches {
    directory: PathBuf,
    rows: Vec<u8>,
}

impl Batches {
    fn new(directory: String) -> Self {
        Self {
            directory: directory.into(),
            rows: Vec::new(),
        }
    }
}

struct Line;

impl<T: Serialize> Encode<T, Vec<u8>> for Line {
    fn encode(&self, record: T, staged: &mut Vec<u8>) -> Result<(), SinkError> {
        serde_json::to_writer(&mut *staged, &record).map_err(|e| SinkError::new(e.to_string()))?;
        staged.push(b'\n');
        Ok(())
    }
}

impl Sink for Batches {
    type Staged = Vec<u8>;
    type Encoder = Line;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> Line {
        Line
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<u8>>) -> Result<(), SinkError> {
        self.rows = staged.concat();
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let path = self.directory.join(format!("{:08}", batch.batch));
        let hidden = self.directory.join(".tmp");
        let written = fs::write(&hidden, std::mem::take(&mut self.rows)).and_then(|()| fs::rename(&hidden, &path));
        written.map_err(|e| SinkError::new(format!("cannot write `{}`: {e}", path.display())))
    }

    async fn abort(&mut self, _: &BatchId) {
        self.rows.clear();
    }
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(directory), Some(threads)) = (args.next(), args.next().and_then(|n| n.parse().ok())) else {
        eprintln!("usage: victim DIRECTORY THREADS");
        return ExitCode::from(2);
    };
    plant_from_environment();
    log_to_stderr();
    let at = |name: &str| Path::new(&directory).join(name).display().to_string();
    let pipeline = victim(at("in/*"), &at("out"))
        .checkpoint(at("checkpoint"))
        .threads(threads);
    match pipeline.run_blocking() {
        Ok(summary) => {
            println!("{}", serde_json::json!(summary.totals));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
