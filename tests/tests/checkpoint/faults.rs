//! The result does not depend on what went wrong, where it went wrong, or how many threads went on with it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use streaming_runtime::{PipelineError, stream_pipeline};

use super::table::{Fault, Table};

#[derive(Debug, Clone)]
struct Event {
    id: u64,
    user: String,
    at: i64,
    amount: i64,
}

stream_pipeline!(
    #[allow(deprecated)]
    fn totals(events: Vec<Event>, bad: Arc<AtomicU64>, table: Table) {
        settings(trigger = available_now);
        let events = memory(events)
            .inspect(|e| {
                // One record brings down the batch once.
                let hit = bad.compare_exchange(e.id, u64::MAX, Ordering::SeqCst, Ordering::SeqCst);
                assert!(hit.is_err(), "a fault in a closure");
            })
            .event_time(|e| e.at, max_delay = 20ms);
        let ever = events.key_by(|e| e.user.as_str()).running(ttl = 1h).agg((
            key(),
            count(),
            sum(|e| e.amount),
            last(|e| e.id),
        ));
        let windows = events.key_by(|e| e.user.as_str()).window(tumbling(50ms)).agg((
            key(),
            window_start(),
            count(),
            max(|e| e.amount),
        ));
        let hours = windows
            .event_time(|(_, start, _, _)| *start, max_delay = 0s)
            .key_by(|(_, _, n, _)| *n)
            .window(tumbling(200ms))
            .agg((key(), window_start(), count()));
        let ever_rows = ever.map(|(user, n, sum, last)| format!("ever {user} {n} {sum} {last:?}"));
        let late_rows = windows.late().map(|e| format!("late {}", e.id));
        let window_rows = windows.map(|(user, start, n, max)| format!("window {user} {start} {n} {max:?}"));
        let hour_rows = hours.map(|(n, start, users)| format!("hour {n} {start} {users}"));
        let rows = union(ever_rows, late_rows, window_rows, hour_rows);
        rows.to(sink(table));
    }
);

/// Runs until nothing goes wrong any more; what was read, and how often it was begun.
fn run(events: &[Event], rows: u64, table: &Table, bad: u64, directory: Option<&Path>, threads: usize) -> (u64, u64) {
    // With one try a panic fails the batch and the pipeline is started again, with more the pipeline goes on by itself.
    let tries = if bad.is_multiple_of(2) { 1 } else { 3 };
    let bad = Arc::new(AtomicU64::new(bad));
    let mut runs = 0;
    loop {
        runs += 1;
        let pipeline = totals(events.to_vec(), Arc::clone(&bad), table.clone())
            .max_batch_rows(rows)
            .threads(threads + runs as usize % 2)
            .task_tries(tries)
            .key_partitions(4);
        let pipeline = match directory {
            Some(directory) => pipeline.checkpoint(directory),
            None => pipeline,
        };
        match pipeline.run_blocking() {
            Ok(summary) => return (summary.totals.rows_in, runs),
            Err(PipelineError::Operator { .. } | PipelineError::Sink { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0..5u8, 0..60i64, -5..9i64);
    prop::collection::vec(event, 1..80).prop_map(|events| {
        let event = |(id, (user, jitter, amount)): (usize, (u8, i64, i64))| Event {
            id: id as u64,
            user: format!("u{user}"),
            at: id as i64 * 7 - jitter,
            amount,
        };
        events.into_iter().enumerate().map(event).collect()
    })
}

fn faults() -> impl Strategy<Value = Vec<(u64, Fault)>> {
    let fault = prop_oneof![
        Just(Fault::Prepare),
        Just(Fault::BeforeCommit),
        Just(Fault::AfterCommit),
        Just(Fault::PanicInCommit)
    ];
    prop::collection::vec((0..12u64, fault), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn faults_do_not_show_in_the_result(
        events in events(),
        rows in 1..20u64,
        faults in faults(),
        bad in 0..100u64,
        threads in 1..3usize,
    ) {
        let plain = Table::default();
        run(&events, rows, &plain, u64::MAX, None, threads);
        let directory = tempfile::tempdir().unwrap();
        let table = Table::with(faults);
        let (read, runs) = run(&events, rows, &table, bad, Some(directory.path()), threads);
        let (mut left, mut right) = (plain.rows(), table.rows());
        left.sort();
        right.sort();
        prop_assert_eq!(left, right);
        prop_assert_eq!(read, events.len() as u64, "conserved over {} runs", runs);
    }
}

#[test]
fn a_run_that_has_ended_has_nothing_left_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let events: Vec<Event> = (0..20)
        .map(|id| Event {
            id,
            user: "u".to_owned(),
            at: id as i64 * 10,
            amount: 1,
        })
        .collect();
    let table = Table::default();
    run(&events, 3, &table, u64::MAX, Some(directory.path()), 2);
    let rows = table.rows();
    assert!(!rows.is_empty());
    let again = totals(events, Arc::new(AtomicU64::new(u64::MAX)), table.clone())
        .key_partitions(4)
        .checkpoint(directory.path())
        .run_blocking()
        .unwrap();
    assert_eq!((again.batches, again.rows_in), (0, 0));
    assert_eq!(table.rows(), rows);
    assert_eq!(table.resumed(), [6], "batches go on by number");
    assert_eq!(table.faults_left(), 0);
}
