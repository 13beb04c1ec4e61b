//! The checkpoint and what is outside of it: where the one knows of batches that the other does not, the pipeline does not start.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use streaming_runtime::sink::{BatchId, Decided, Sink, SinkError, delivery};
use streaming_runtime::{PipelineError, Summary, stream_pipeline};

use super::table::AsText;

/// A database that keeps rows and which batch it has: clones are connections to it.
#[derive(Debug, Clone, Default)]
struct Database {
    content: Arc<Mutex<Content>>,
    prepared: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    last: Option<(String, u64)>,
    rows: Vec<String>,
}

impl Database {
    fn content(&self) -> Content {
        self.content.lock().unwrap().clone()
    }

    fn restore(&self, backup: Content) {
        *self.content.lock().unwrap() = backup;
    }
}

impl Sink for Database {
    type Staged = Vec<String>;
    type Encoder = AsText;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> AsText {
        AsText
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        Ok(match self.content().last {
            Some((checkpoint, batch)) => Decided::Batch { checkpoint, batch },
            None => Decided::Nothing,
        })
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<String>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let mut content = self.content.lock().unwrap();
        let written = content.last.as_ref();
        if written.is_none_or(|(checkpoint, last)| *checkpoint != batch.checkpoint || *last < batch.batch) {
            content.last = Some((batch.checkpoint.clone(), batch.batch));
            content.rows.append(&mut self.prepared);
        }
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

stream_pipeline!(
    fn copy(numbers: Vec<u64>, database: Database) {
        settings(trigger = available_now, name = "copy", max_batch_rows = 1);
        let numbers = memory(numbers);
        numbers.map(|n| *n).to(sink(database));
    }
);

fn run(to: u64, database: &Database, checkpoint: &Path, fresh: bool) -> Result<Summary, PipelineError> {
    let pipeline = copy((0..to).collect(), database.clone());
    pipeline.checkpoint(checkpoint).fresh(fresh).run_blocking()
}

fn refused(result: Result<Summary, PipelineError>) -> String {
    match result {
        Err(error @ PipelineError::Checkpoint(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

fn copy_of(directory: &Path, to: &Path) -> PathBuf {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(directory).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to.to_owned()
}

#[test]
fn a_directory_that_is_gone_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (directory.path().join("first"), directory.path().join("second"));
    let database = Database::default();
    run(3, &database, &first, false).unwrap();
    let error = refused(run(5, &database, &second, false));
    assert!(
        error.contains("sink `numbers.sink` holds the batches up to 2 of another checkpoint")
            && error.contains(&format!(
                "the checkpoint directory `{}` holds no batch",
                second.display()
            ))
            && error.contains("`.fresh(true)`"),
        "{error}"
    );
    assert_eq!(database.content().rows, ["0", "1", "2"]);
    // It is refused until somebody says so, and then everything is written again.
    refused(run(5, &database, &second, false));
    run(5, &database, &second, true).unwrap();
    assert_eq!(database.content().rows, ["0", "1", "2", "0", "1", "2", "3", "4"]);
    // From then on the directory holds batches, and the word changes nothing.
    run(6, &database, &second, true).unwrap();
    assert_eq!(database.content().rows[8..], ["5"]);
    // The old directory is not gone on with.
    let error = refused(run(7, &database, &first, false));
    assert!(
        error.contains("up to 5 of another checkpoint: two pipelines write to it"),
        "{error}"
    );
}

#[test]
fn an_old_copy_of_the_directory_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = directory.path().join("checkpoint");
    let database = Database::default();
    run(2, &database, &checkpoint, false).unwrap();
    let old = copy_of(&checkpoint, &directory.path().join("old"));
    run(4, &database, &checkpoint, false).unwrap();
    let error = refused(run(5, &database, &old, false));
    assert!(
        error.contains("holds batch 3, and the checkpoint ends at batch 1"),
        "{error}"
    );
    assert_eq!(database.content().rows, ["0", "1", "2", "3"]);
}

#[test]
fn an_old_copy_of_the_output_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::default();
    let nothing = database.content();
    run(2, &database, directory.path(), false).unwrap();
    let backup = database.content();
    run(4, &database, directory.path(), false).unwrap();
    let newest = database.content();
    database.restore(backup);
    let error = refused(run(5, &database, directory.path(), false));
    assert!(
        error.contains("holds the batches up to 1, and the checkpoint knows that it was given batch 3"),
        "{error}"
    );
    database.restore(nothing);
    let error = refused(run(5, &database, directory.path(), false));
    assert!(error.contains("holds no batch"), "{error}");
    database.restore(newest);
    run(5, &database, directory.path(), false).unwrap();
    assert_eq!(database.content().rows, ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_directory_of_files_knows_its_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let run = |checkpoint: &str, fresh| {
        let out = path("out");
        let pipeline = stream_pipeline!({
            settings(trigger = available_now, name = "copy");
            let numbers = memory(vec![1_u64, 2]);
            numbers.map(|n| *n).to(files(out).jsonl());
        });
        pipeline.checkpoint(path(checkpoint)).fresh(fresh).run_blocking()
    };
    let lines = || {
        let mut lines = Vec::new();
        for file in std::fs::read_dir(path("out")).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().starts_with('.') {
                let text = std::fs::read_to_string(file.path()).unwrap();
                lines.extend(text.lines().map(str::to_owned));
            }
        }
        lines.sort();
        lines
    };
    run("first", false).unwrap();
    let error = run("second", false).unwrap_err().to_string();
    assert!(
        error.contains("part-0000000000.jsonl` was written with another checkpoint")
            && error.contains("holds no batch"),
        "{error}"
    );
    assert_eq!(lines(), ["1", "2"]);
    run("second", true).unwrap();
    assert_eq!(lines(), ["1", "1", "2", "2"]);
}
