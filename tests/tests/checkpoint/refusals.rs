//! What is not to be trusted, or does not fit, is refused before anything is read.

use std::path::Path;

use serde::{Deserialize, Serialize};
use streaming_runtime::{PipelineError, Summary, stream_pipeline};

use super::table::Table;

fn words() -> Vec<String> {
    ["a", "b", "a"].map(str::to_owned).to_vec()
}

fn text(result: Result<Summary, PipelineError>) -> String {
    match result {
        Err(error @ PipelineError::Checkpoint(_)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

stream_pipeline!(
    fn counts(table: Table) {
        settings(trigger = available_now, name = "counts");
        let counts = memory(words()).key_by(|w| w.as_str()).running(unbounded).count();
        counts.to(sink(table));
    }
);

fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    counts(Table::default())
        .checkpoint(directory.path())
        .run_blocking()
        .unwrap();
    directory
}

#[test]
fn other_state_of_the_same_name() {
    let other = |directory: &Path| {
        stream_pipeline!({
            settings(trigger = available_now, name = "counts");
            let counts = memory(words()).key_by(|w| w.len() as u64).running(unbounded).count();
            counts.to(sink(Table::default()));
        })
        .checkpoint(directory)
        .run_blocking()
    };
    let directory = filled();
    let error = text(other(directory.path()));
    assert!(error.contains("`counts`"), "{error}");
}

#[test]
fn windows_of_another_size_fit_only_where_none_is_open() {
    let run = |directory: &Path, minutes: u64| {
        stream_pipeline!({
            settings(trigger = available_now, name = "counts");
            let timed = memory(words()).event_time(|w| w.len() as i64, max_delay = 0s);
            let counts = timed
                .key_by(|w| w.as_str())
                .window(tumbling(std::time::Duration::from_secs(60 * minutes)))
                .count();
            counts.to(sink(Table::default()));
        })
        .checkpoint(directory)
        .run_blocking()
    };
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), 1).unwrap();
    assert_eq!(run(directory.path(), 5).unwrap().totals.rows_in, 3);
    // Files may grow, so that their windows stay open.
    let open = |directory: &Path, minutes: u64| {
        let glob = directory.join("in").display().to_string();
        stream_pipeline!({
            settings(trigger = available_now, name = "counts");
            let timed = files(glob).lines().event_time(|w| w.len() as i64, max_delay = 0s);
            let counts = timed
                .key_by(|w| w.len())
                .window(tumbling(std::time::Duration::from_secs(60 * minutes)))
                .count();
            counts.to(sink(Table::default()));
        })
        .checkpoint(directory.join("checkpoint"))
        .run_blocking()
    };
    std::fs::write(directory.path().join("in"), "a\n").unwrap();
    open(directory.path(), 1).unwrap();
    let error = text(open(directory.path(), 5));
    assert!(error.contains("`counts` was over tumbling windows of 1min"), "{error}");
}

#[test]
fn another_name() {
    let directory = filled();
    let renamed = stream_pipeline!({
        settings(trigger = available_now, name = "sums");
        let counts = memory(words()).key_by(|w| w.as_str()).running(unbounded).count();
        counts.to(sink(Table::default()));
    });
    let error = text(renamed.checkpoint(directory.path()).run_blocking());
    assert!(error.contains("counts") && error.contains("sums"), "{error}");
}

#[test]
fn a_source_that_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let run = |directory: &Path| {
        stream_pipeline!({
            settings(trigger = available_now, name = "plain");
            let first = memory(words());
            first.to(sink(Table::default()));
        })
        .checkpoint(directory)
        .run_blocking()
    };
    run(directory.path()).unwrap();
    let other = stream_pipeline!({
        settings(trigger = available_now, name = "plain");
        let second = memory(words());
        second.to(sink(Table::default()));
    });
    let error = text(other.checkpoint(directory.path()).run_blocking());
    assert!(error.contains("source `first`"), "{error}");
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
}

#[test]
fn state_that_could_not_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let odd = memory(words())
            .map(|w| Untagged::Number(w.len() as u64))
            .key_by(|Untagged::Number(n)| *n)
            .running(unbounded)
            .reduce(|a, _| a);
        odd.map(|(n, _)| n).to(sink(Table::default()));
    });
    let error = text(pipeline.checkpoint(directory.path()).run_blocking());
    assert!(error.contains("`odd`") && error.contains("not read again"), "{error}");
}

#[test]
fn exactly_once_without_a_checkpoint() {
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, guarantee = exactly_once);
        memory(words()).to(sink(Table::default()));
    });
    let error = pipeline.run_blocking().unwrap_err().to_string();
    assert!(error.contains("needs a checkpoint"), "{error}");
}

#[test]
fn a_directory_that_is_in_use() {
    let directory = filled();
    let (send, receive) = tokio::sync::mpsc::channel::<String>(1);
    let table = Table::default();
    let written = table.clone();
    let holder = stream_pipeline!({
        settings(name = "counts", trigger = asap);
        let counts = channel(receive).key_by(|w| w.as_str()).running(unbounded).count();
        counts.to(sink(table));
    });
    let holder = holder.checkpoint(directory.path()).start();
    send.blocking_send("a".to_owned()).unwrap();
    while written.rows().is_empty() {
        std::thread::yield_now();
    }
    let error = text(counts(Table::default()).checkpoint(directory.path()).run_blocking());
    assert!(error.contains("in use by"), "{error}");
    drop(send);
    holder.join().unwrap();
    assert_eq!(written.rows(), [r#"("a", 3)"#], "two were counted before");
}

/// A line a file: `files` may grow, so that timers stay pending when the run ends.
fn a_file() -> (tempfile::TempDir, String) {
    let input = tempfile::tempdir().unwrap();
    std::fs::write(input.path().join("words.txt"), "a\n").unwrap();
    let pattern = format!("{}/*.txt", input.path().display());
    (input, pattern)
}

#[test]
fn timers_without_their_function() {
    let (_input, pattern) = a_file();
    let directory = tempfile::tempdir().unwrap();
    let with = stream_pipeline!({
        settings(trigger = available_now, name = "timers");
        let seen = files(&pattern)
            .lines()
            .key_by(|line| line.len())
            .state::<u64>(ttl = 1h)
            .on_event(|_, _, cx| cx.set_batch_timer(i64::MAX))
            .on_timer(|seen, cx| cx.emit(*seen));
        seen.print();
    });
    with.checkpoint(directory.path()).run_blocking().unwrap();
    let without = stream_pipeline!({
        settings(trigger = available_now, name = "timers");
        let seen = files(&pattern)
            .lines()
            .key_by(|line| line.len())
            .state::<u64>(ttl = 1h)
            .on_event(|seen, _, cx| cx.emit(*seen));
        seen.print();
    });
    let error = text(without.checkpoint(directory.path()).run_blocking());
    assert!(error.contains("`seen`") && error.contains("no `on_timer`"), "{error}");
}

#[test]
fn timers_without_event_time() {
    let (_input, pattern) = a_file();
    let directory = tempfile::tempdir().unwrap();
    let with = stream_pipeline!({
        settings(trigger = available_now, name = "timers");
        let lines = files(&pattern).lines().event_time(|_| 0i64, max_delay = 0s);
        let seen = lines
            .key_by(|line| line.len())
            .state::<u64>(ttl = 1h)
            .on_event(|_, _, cx| cx.set_timer(10))
            .on_timer(|seen, cx| cx.emit(*seen));
        seen.print();
    });
    with.checkpoint(directory.path()).run_blocking().unwrap();
    let without = stream_pipeline!({
        settings(trigger = available_now, name = "timers");
        let lines = files(&pattern).lines();
        let seen = lines
            .key_by(|line| line.len())
            .state::<u64>(ttl = 1h)
            .on_event(|_, _, cx| cx.set_batch_timer(i64::MAX))
            .on_timer(|seen, cx| cx.emit(*seen));
        seen.print();
    });
    let error = text(without.checkpoint(directory.path()).run_blocking());
    assert!(error.contains("`seen`") && error.contains("`event_time`"), "{error}");
}
