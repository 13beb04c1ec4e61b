//! Every record that is read is used, filtered, late, skipped or dead-lettered: once, as the summary says.

use serde::{Deserialize, Serialize};
use streaming_runtime::progress::Totals;
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::json;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Event {
    id: u64,
    at: i64,
}

fn events(of: &[(u64, i64)]) -> Vec<Event> {
    of.iter().map(|&(id, at)| Event { id, at }).collect()
}

/// Used, filtered, late, skipped, dead-lettered; they must be all that was read.
fn fates(totals: Totals, read: u64) -> [u64; 5] {
    let fates = [
        totals.used,
        totals.filtered,
        totals.late,
        totals.skipped,
        totals.dead_lettered,
    ];
    assert_eq!(totals.rows_in, read);
    assert_eq!(fates.iter().sum::<u64>(), read, "{totals:?}");
    assert_eq!(totals.errors, totals.skipped + totals.dead_lettered);
    fates
}

#[test]
fn of_one_chain() {
    let pipeline = stream_pipeline!({
        let events = stdin().json::<Event>().on_error(skip);
        let odd = events.filter(|event| event.id % 2 == 1);
        odd.map(|event| event.id).print();
    });
    let mut driver = pipeline.test();
    driver.push("events", json(events(&[(1, 0), (2, 0), (3, 0)])));
    driver.push("events", "nonsense");
    driver.finish();
    assert_eq!(fates(driver.progress().unwrap().totals, 4), [2, 1, 0, 1, 0]);
}

#[test]
fn of_two_windows_and_a_fork() {
    let pipeline = stream_pipeline!({
        let events = stdin().json::<Event>().event_time(|event| event.at, max_delay = 0s);
        events.errors().map(|letter| letter.to_string()).print();
        let short = events.key_by(|event| event.id).window(tumbling(10ms)).count();
        let long = events.key_by(|event| event.id).window(tumbling(100ms)).count();
        short.print();
        long.print();
        let odd = events.filter(|event| event.id % 2 == 1);
        odd.map(|event| event.id).print();
    });
    let mut driver = pipeline.test();
    driver.push("events", json(events(&[(1, 250)])));
    driver.tick();
    // Late for both, for the shorter one, for none.
    driver.push("events", json(events(&[(2, 50), (3, 60), (4, 210), (6, 255)])));
    driver.push("events", "nonsense");
    driver.tick();
    let batch = driver.progress().unwrap();
    let late: Vec<(&str, u64)> = batch
        .operators
        .iter()
        .filter(|operator| operator.late > 0)
        .map(|operator| (operator.name.as_str(), operator.late))
        .collect();
    assert_eq!(
        late,
        [("short", 3), ("long", 2)],
        "by operator, each counts what is late for itself"
    );
    assert_eq!(batch.late, 3, "each record once");
    driver.finish();
    assert_eq!(fates(driver.progress().unwrap().totals, 6), [2, 0, 3, 0, 1]);
}

#[test]
fn of_branches_that_all_drop() {
    let pipeline = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new());
        let small = numbers.filter(|n| **n < 3);
        let large = numbers.filter_map(|n| (*n > 6).then_some(*n));
        let repeated = numbers.flat_map(|n| std::iter::repeat_n(*n, usize::from(*n == 5)));
        small.map(|n| *n).print();
        large.print();
        repeated.print();
    });
    let mut driver = pipeline.test();
    driver.push(
        "numbers",
        streaming_runtime::testing::values((0..10).collect::<Vec<i64>>()),
    );
    driver.finish();
    // 3, 4 and 6 go nowhere.
    assert_eq!(fates(driver.progress().unwrap().totals, 10), [7, 3, 0, 0, 0]);
}

#[test]
fn of_a_union_of_sources_and_of_parts() {
    let pipeline = stream_pipeline!({
        let left = memory(Vec::<i64>::new()).event_time(|at| **at, max_delay = 0s);
        let right = stdin().lines().map(|line| line.parse::<i64>().unwrap_or(-1));
        let timed = right.event_time(|at| *at, max_delay = 0s);
        let (low, high) = left.split(|at| **at < 100);
        let all = union(low.map(|at| *at), high.map(|at| *at), timed);
        let even = all.filter(|at| at % 2 == 0);
        let counts = even.key_by(|_| 0u8).window(tumbling(10ms)).count();
        counts.print();
    });
    let mut driver = pipeline.test();
    driver.push("left", streaming_runtime::testing::values(vec![200i64, 201]));
    driver.push("right", ["300", "301"]);
    driver.tick();
    driver.push("left", streaming_runtime::testing::values(vec![2i64, 3, 210]));
    driver.push("right", ["4", "310"]);
    driver.finish();
    assert_eq!(fates(driver.progress().unwrap().totals, 9), [4, 3, 2, 0, 0]);
}

#[test]
fn of_a_union_behind_aggregates() {
    let pipeline = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new()).map(|n| *n);
        let counts = numbers.key_by(|n| n % 2).batch().count();
        let both = union(
            counts.map(|(key, n)| (key, n as i64)),
            numbers.filter(|n| *n > 1).map(|n| (n, 0)),
        );
        both.filter(|(key, _)| *key != 5).print();
    });
    let mut driver = pipeline.test();
    driver.push("numbers", streaming_runtime::testing::values(vec![0i64, 1, 5]));
    driver.finish();
    assert_eq!(fates(driver.progress().unwrap().totals, 3), [3, 0, 0, 0, 0]);
}

#[test]
fn of_one_source_that_is_decoded_twice() {
    let pipeline = stream_pipeline!({
        let raw = stdin();
        let numbers = raw.json::<i64>().on_error(skip);
        let lines = raw.lines();
        numbers.filter(|n| *n > 1).print();
        lines.filter(|line| line.len() == 1).print();
    });
    let mut driver = pipeline.test();
    // Used by both, used as a line, dropped by both, no number.
    driver.push("raw", ["7", "0", "-1", "x"]);
    driver.finish();
    assert_eq!(fates(driver.progress().unwrap().totals, 4), [2, 1, 0, 1, 0]);
}

#[test]
fn of_a_run_of_its_own() {
    let summary = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = memory((0..100i64).collect::<Vec<i64>>()).event_time(|n| **n, max_delay = 0s);
        let even = numbers.filter(|n| **n % 2 == 0);
        let counts = even.key_by(|n| **n % 3).window(tumbling(10ms)).count();
        counts.map(|_| 0).filter(|_| false).print();
    })
    .max_batch_rows(7)
    .run_blocking()
    .unwrap();
    assert_eq!(
        (summary.rows_in, summary.used, summary.filtered, summary.late),
        (100, 50, 50, 0)
    );
    assert_eq!(
        (
            summary.skipped,
            summary.dead_lettered,
            summary.late_results,
            summary.ahead
        ),
        (0, 0, 0, 0)
    );
}
