//! A directory on a real disk, whose calls fail where a test says so.

mod crashes;
mod faults;
mod format;
mod rolling;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Mutex as StdMutex;

use serde::Serialize;

use super::super::{Encode, Sink};
use super::disk::Call;
use super::*;

/// Calls that fail: each the one after so many of its kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(Arc<StdMutex<Vec<(Call, usize, ErrorKind)>>>);

impl Faults {
    pub(super) fn meet(&self, call: Call) -> io::Result<()> {
        let mut faults = self.0.lock().unwrap();
        let Some(at) = faults.iter().position(|(kind, ..)| *kind == call) else {
            return Ok(());
        };
        if faults[at].1 == 0 {
            return Err(faults.remove(at).2.into());
        }
        faults[at].1 -= 1;
        Ok(())
    }

    fn add(&self, call: Call, after: usize, kind: ErrorKind) {
        self.0.lock().unwrap().push((call, after, kind));
    }

    fn are_met(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

#[derive(Serialize, Clone, Copy)]
struct Total<'a> {
    word: &'a str,
    n: Option<u64>,
}

const A: Total<'static> = Total {
    word: "a\"b\n",
    n: Some(1),
};
const B: Total<'static> = Total { word: "", n: None };

fn id(batch: u64) -> BatchId {
    BatchId {
        pipeline: "p".to_owned(),
        sink: "s".to_owned(),
        checkpoint: String::new(),
        batch,
    }
}

fn stage<F: Format, T>(sink: &Files<F>, records: &[T]) -> F::Staged
where
    F::Encoder: for<'a> Encode<&'a T, F::Staged>,
{
    let (encoder, mut staged) = (sink.encoder(), F::Staged::default());
    for record in records {
        encoder.encode(record, &mut staged).unwrap();
    }
    staged
}

async fn prepare(sink: &mut Files<Jsonl>, batch: u64, records: &[u64]) -> Result<(), SinkError> {
    let staged = stage(sink, records);
    sink.prepare(&id(batch), vec![staged]).await
}

/// A whole batch.
async fn write(sink: &mut Files<Jsonl>, batch: u64, records: &[u64]) {
    prepare(sink, batch, records).await.unwrap();
    sink.commit(&id(batch)).await.unwrap();
}

/// A sink of a run without a checkpoint.
async fn opened(dir: &Path) -> Files<Jsonl> {
    let mut sink = files(dir).jsonl();
    sink.open(&Run::new("p")).await.unwrap();
    sink
}

/// A sink of a run with a checkpoint, and with a clock of the test's own.
async fn kept(dir: &Path) -> (Files<Jsonl>, WallClock) {
    let mut sink = files(dir).jsonl();
    let clock = WallClock::at_epoch();
    sink.parts.lock().await.clock = clock.clone();
    sink.open(&Run::checkpointed("p", "one", true)).await.unwrap();
    (sink, clock)
}

/// The hidden name of a file of that checkpoint.
fn hidden(number: u64) -> String {
    format!(".part-{number:010}.jsonl.tmp-{:08x}", crc32c::crc32c(b"one"))
}

/// Names and contents of a directory, sorted, without the lock.
fn list(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .filter(|(name, _)| name != ".sink.lock")
        .collect();
    files.sort();
    files
}

fn file(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}
