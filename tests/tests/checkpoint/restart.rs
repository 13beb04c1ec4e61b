//! Files that grow are read on, and windows that are open wait for the next run.

use std::fs;
use std::path::Path;

use streaming_runtime::{PipelineError, Summary, stream_pipeline};

use super::table::{Fault, Table};

fn run(directory: &Path, table: &Table) -> Summary {
    try_run(directory, table).unwrap()
}

fn try_run(directory: &Path, table: &Table) -> Result<Summary, PipelineError> {
    let glob = directory.join("in").join("*.txt").display().to_string();
    stream_pipeline!({
        settings(
            trigger = available_now,
            guarantee = exactly_once,
            checkpoint = directory.join("checkpoint"),
        );
        let lines = files(glob)
            .lines()
            .map(|line| line.trim().parse::<i64>().unwrap_or(0))
            .event_time(|at| *at, max_delay = 0s);
        let windows = lines
            .key_by(|_| 0u8)
            .window(tumbling(10ms))
            .agg((window_start(), count()));
        let late = windows.late().map(|at| (at, 0u64));
        let rows = union(late, windows);
        rows.to(sink(table.clone()));
    })
    .run_blocking()
}

#[test]
fn each_run_reads_what_is_new_and_windows_stay_open_in_between() {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("in");
    fs::create_dir(&input).unwrap();
    let table = Table::default();
    fs::write(input.join("1.txt"), "1\n2\n11\n").unwrap();
    let first = run(directory.path(), &table);
    assert_eq!((first.rows_in, first.state_rows), (3, 1));
    assert_eq!(table.rows(), ["(0, 2)"], "the second window is open");
    // Nothing new.
    let second = run(directory.path(), &table);
    assert_eq!((second.batches, second.state_rows, second.totals.rows_in), (0, 1, 3));
    fs::write(input.join("2.txt"), "3\n12\n25\n").unwrap();
    let third = run(directory.path(), &table);
    assert_eq!((third.rows_in, third.late), (3, 1));
    assert_eq!(table.rows(), ["(0, 2)", "(3, 0)", "(10, 2)"], "3 is late, 12 is not");
}

#[test]
fn a_sink_that_cannot_go_on_says_behind_which_batch() {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("in");
    fs::create_dir(&input).unwrap();
    fs::write(input.join("1.txt"), "1\n2\n11\n").unwrap();
    let table = Table::with([(0, Fault::Resume)]);
    run(directory.path(), &table);
    let error = try_run(directory.path(), &table).unwrap_err().to_string();
    assert_eq!(
        error,
        "sink `rows.sink` could not resume after batch 0: a fault in resume"
    );
    run(directory.path(), &table);
    assert_eq!(table.rows(), ["(0, 2)"]);
}
