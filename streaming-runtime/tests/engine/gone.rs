//! The checkpoint directory is removed, or another one takes its name, while a pipeline uses it.

use std::path::Path;

use streaming_runtime::progress::BatchProgress;
use streaming_runtime::{PipelineError, Running, Trigger, stream_pipeline};
use tokio::sync::mpsc::UnboundedSender;

use crate::support::{Log, Noting, Say, script};

/// A pipeline that has written one batch.
fn started(directory: &Path, log: &Log) -> (UnboundedSender<Say>, Running) {
    let (say, numbers) = script(log);
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![1])).unwrap();
    let output = Noting::new(log);
    let (tell, told) = std::sync::mpsc::channel();
    let running = stream_pipeline!({
        let numbers = source(numbers);
        numbers.map(|n| *n).to(sink(output));
    })
    .trigger(Trigger::Asap)
    .checkpoint(directory)
    .listener(move |batch: &BatchProgress| tell.send(batch.batch).unwrap())
    .start();
    assert_eq!(told.recv(), Ok(0));
    // The listener goes on being called.
    std::mem::forget(told);
    (say, running)
}

fn is_told(error: &PipelineError, directory: &Path, gone: &Path) {
    let text = error.to_string();
    let begin = format!(
        "checkpoint directory {} was removed or replaced while the pipeline used it ({} is gone): the open batch is not written; ",
        directory.display(),
        gone.display()
    );
    assert!(text.starts_with(&begin), "{text}");
}

#[test]
fn a_batch_behind_its_end_is_not_written() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("checkpoint");
    let log = Log::default();
    let (say, running) = started(&directory, &log);
    std::fs::remove_dir_all(&directory).unwrap();
    say.send(Say::Chunk(0, vec![2])).unwrap();
    let error = running.join().unwrap_err();
    is_told(&error, &directory, &directory);
    let all = log.all();
    assert!(!all.iter().any(|noted| noted.starts_with("commit 1")), "{all:?}");
    assert!(!directory.exists(), "nothing is made anew there");
}

#[test]
fn it_is_noticed_without_a_batch() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("checkpoint");
    let (_say, running) = started(&directory, &Log::default());
    std::fs::remove_file(directory.join("manifest.json")).unwrap();
    is_told(
        &running.join().unwrap_err(),
        &directory,
        &directory.join("manifest.json"),
    );
}

#[test]
fn another_directory_of_that_name_is_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("checkpoint");
    let log = Log::default();
    let (say, running) = started(&directory, &log);
    std::fs::rename(&directory, parent.path().join("moved")).unwrap();
    std::fs::create_dir(&directory).unwrap();
    for name in ["lock", "manifest.json"] {
        std::fs::write(directory.join(name), "another's").unwrap();
    }
    say.send(Say::Chunk(0, vec![2])).unwrap();
    is_told(&running.join().unwrap_err(), &directory, &directory);
    let left = std::fs::read_to_string(directory.join("manifest.json")).unwrap();
    assert_eq!(left, "another's");
}
