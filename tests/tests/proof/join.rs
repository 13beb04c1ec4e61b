//! Joins against their definition: every pair of rows with equal keys whose times are within the range, once.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::{Checkpoint, Step, json, values};
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

use super::input::{Event, Input, inputs};
use super::model::{Watermark, moments, start};

/// Milliseconds in a unit of the input's time: so that rows fall into many slices.
const UNIT: i64 = 250;
/// The window behind the join, in units.
const WINDOW: i64 = 16;

/// Ids of a pair.
type Pair = (u32, u32);

/// What a pipeline gives: pairs, and how many of them are in each window.
#[derive(Debug, Default)]
struct Given {
    pairs: Collected<Pair>,
    windows: Collected<(i64, u64)>,
}

impl Clone for Given {
    fn clone(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
            windows: self.windows.clone(),
        }
    }
}

stream_pipeline!(
    fn around(before: Duration, after: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let right = memory(Vec::<Event>::new()).event_time(|r| r.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let joined = left
            .join(right)
            .on(|l| l.key.as_str(), |r| r.key.clone())
            .within(-before..=after);
        joined.map(|(l, r)| (l.id, r.id)).to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

stream_pipeline!(
    fn behind(first: Duration, last: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let right = memory(Vec::<Event>::new()).event_time(|r| r.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let joined = left
            .join(right)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(first..=last);
        joined.map(|(l, r)| (l.id, r.id)).to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

stream_pipeline!(
    /// The right side comes before the left one.
    fn ahead(first: Duration, last: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let right = memory(Vec::<Event>::new()).event_time(|r| r.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let joined = left
            .join(right)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(-last..=-first);
        joined.map(|(l, r)| (l.id, r.id)).to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

stream_pipeline!(
    /// Both sides are given in one loop: parts of a stream.
    fn parts(before: Duration, after: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let (even, odd) = left.split(|e| e.id % 2 == 0);
        let joined = even
            .join(odd)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(-before..=after);
        joined.map(|(l, r)| (l.id, r.id)).to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

stream_pipeline!(
    /// Each record is on both sides.
    fn with_itself(before: Duration, after: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let joined = left
            .join(left)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(-before..=after);
        joined.map(|(l, r)| (l.id, r.id)).to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

stream_pipeline!(
    /// A join of a join: the pairs, and the right side once more.
    fn of_three(before: Duration, after: Duration, delay: Duration, given: Given) {
        let pairs = given.pairs;
        let windows = given.windows;
        let left = memory(Vec::<Event>::new()).event_time(|l| l.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let right = memory(Vec::<Event>::new()).event_time(|r| r.at * UNIT, max_delay = delay, max_ahead = unbounded);
        let two = left
            .join(right)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(-before..=after);
        let joined = two
            .join(right)
            .on(|(l, _)| l.key.as_str(), |r| r.key.as_str())
            .within(-before..=after);
        joined
            .map(|((l, m), r)| (l.id * 10_000 + m.id, r.id))
            .to(collect(pairs));
        let counts = joined.key_by(|_| 0u8).window(tumbling(4s)).count();
        counts.map(|(_, window, n)| (window.start, n)).to(collect(windows));
    }
);

/// A row as the model keeps it: with the batch in which it came.
#[derive(Debug, Clone)]
struct Row {
    batch: usize,
    id: u32,
    key: String,
    at: i64,
}

/// All pairs of rows that belong together, each in the batch of the later one, and with the later time.
fn pairs(left: &[Row], right: &[Row], (first, last): (i64, i64), id: impl Fn(&Row, &Row) -> u32) -> Vec<(Row, Pair)> {
    let together = |l: &Row, r: &Row| l.key == r.key && (first..=last).contains(&(r.at - l.at));
    let each = left.iter().flat_map(|l| right.iter().map(move |r| (l, r)));
    each.filter(|(l, r)| together(l, r))
        .map(|(l, r)| {
            let row = Row {
                batch: l.batch.max(r.batch),
                id: id(l, r),
                key: l.key.clone(),
                at: l.at.max(r.at),
            };
            (row, (l.id, r.id))
        })
        .collect()
}

/// The rows of one side that are not late, and how many are.
fn side(
    input: &Input,
    max_delay: i64,
    of: impl Fn(u32) -> bool,
    wanted: impl Fn(&Event) -> bool,
) -> (Vec<Row>, Vec<u64>) {
    let mut watermark = [Watermark::new(
        max_delay,
        None,
        (0..input.partitions).filter(|p| of(*p)),
    )];
    let (mut rows, mut late) = (Vec::new(), Vec::new());
    for (batch, moment) in moments(input, &mut watermark).into_iter().enumerate() {
        let mut too_late = 0;
        for (partition, event) in moment.events {
            if !of(partition) || !wanted(event) {
                continue;
            }
            if event.at < moment.before {
                too_late += 1;
            } else {
                let (id, key, at) = (event.id, event.key.clone(), event.at);
                rows.push(Row { batch, id, key, at });
            }
        }
        late.push(too_late);
    }
    (rows, late)
}

/// Runs the input through a pipeline whose sources have the partitions that `source` says, and compares batch by batch.
fn check(
    input: &Input,
    pipeline: Pipeline<impl Graph>,
    given: &Given,
    partitions: &[(&str, u32)],
    source: impl Fn(u32) -> (&'static str, u32),
    (expected, late): (Vec<(Row, Pair)>, Vec<u64>),
) -> Result<(), TestCaseError> {
    let mut driver = pipeline.test();
    for (name, count) in partitions {
        driver.partitions(name, *count);
    }
    let mut windows = Vec::new();
    for (batch, late) in late.into_iter().enumerate().take(input.batches.len()) {
        input.run(&mut driver, batch, &source);
        let mut got = given.pairs.take();
        let mut want: Vec<Pair> = expected
            .iter()
            .filter(|(row, _)| row.batch == batch)
            .map(|(_, pair)| *pair)
            .collect();
        got.sort_unstable();
        want.sort_unstable();
        prop_assert_eq!(got, want, "batch {}", batch);
        let counted = driver.progress().filter(|_| !input.batches[batch].chunks.is_empty());
        if let Some(progress) = counted {
            prop_assert_eq!(
                progress.operators.iter().map(|operator| operator.late).sum::<u64>(),
                late
            );
        }
        windows.extend(given.windows.take());
    }
    // Nothing that is joined is late behind the join: windows there hold every pair.
    let mut by_window = BTreeMap::new();
    for (row, _) in &expected {
        *by_window.entry(start(row.at, WINDOW) * UNIT).or_insert(0u64) += 1;
    }
    windows.sort_unstable();
    prop_assert_eq!(windows, by_window.into_iter().collect::<Vec<_>>());
    Ok(())
}

fn sum(left: Vec<u64>, right: &[u64]) -> Vec<u64> {
    left.into_iter().zip(right).map(|(left, right)| left + right).collect()
}

fn units(n: i64) -> Duration {
    Duration::from_millis(n.unsigned_abs() * UNIT.unsigned_abs())
}

/// Even partitions are of the left source, odd ones of the right.
fn alternately(partition: u32) -> (&'static str, u32) {
    (
        if partition.is_multiple_of(2) { "left" } else { "right" },
        partition / 2,
    )
}

fn is_left(partition: u32) -> bool {
    partition.is_multiple_of(2)
}

fn partitions(input: &Input) -> [(&'static str, u32); 2] {
    [("left", input.partitions.div_ceil(2)), ("right", input.partitions / 2)]
}

/// Inputs with partitions for both sides.
fn of_two_sources() -> impl Strategy<Value = Input> {
    inputs(90, 40).prop_map(|input| Input {
        partitions: input.partitions.max(2),
        ..input
    })
}

fn delays() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0i64), 0i64..40, Just(60)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn of_two_streams(
        input in of_two_sources(),
        before in 0i64..30,
        after in 0i64..30,
        delay in delays(),
        shape in 0u8..3,
        key_partitions in (0u32..4).prop_map(|n| 1usize << n),
    ) {
        let (left, late) = side(&input, delay, is_left, |_| true);
        let (right, late_right) = side(&input, delay, |partition| !is_left(partition), |_| true);
        let late = sum(late, &late_right);
        let (first, last) = (before.min(after), before.max(after));
        let given = Given::default();
        let own = given.clone();
        let expect = |range| (pairs(&left, &right, range, |_, _| 0), late.clone());
        match shape {
            0 => check(
                &input,
                around(units(before), units(after), units(delay), own).key_partitions(key_partitions),
                &given, &partitions(&input), alternately, expect((-before, after)),
            )?,
            1 => check(
                &input,
                behind(units(first), units(last), units(delay), own).key_partitions(key_partitions),
                &given, &partitions(&input), alternately, expect((first, last)),
            )?,
            _ => check(
                &input,
                ahead(units(first), units(last), units(delay), own).key_partitions(key_partitions),
                &given, &partitions(&input), alternately, expect((-last, -first)),
            )?,
        }
    }

    #[test]
    fn of_one_loop(
        input in inputs(90, 40),
        before in 0i64..30,
        after in 0i64..30,
        delay in delays(),
        itself in any::<bool>(),
    ) {
        let given = Given::default();
        let own = given.clone();
        let each = |wanted: fn(&Event) -> bool| side(&input, delay, |_| true, wanted);
        let source = |partition| ("left", partition);
        let of_left = [("left", input.partitions)];
        let range = (-before, after);
        if itself {
            let (rows, late) = each(|_| true);
            let expected = (pairs(&rows, &rows, range, |_, _| 0), sum(late.clone(), &late));
            check(&input, with_itself(units(before), units(after), units(delay), own), &given, &of_left, source, expected)?;
        } else {
            let (even, late) = each(|e| e.id % 2 == 0);
            let (odd, late_odd) = each(|e| e.id % 2 == 1);
            let expected = (pairs(&even, &odd, range, |_, _| 0), sum(late, &late_odd));
            check(&input, parts(units(before), units(after), units(delay), own), &given, &of_left, source, expected)?;
        }
    }

    #[test]
    fn of_three_streams(input in of_two_sources(), before in 0i64..20, after in 0i64..20, delay in delays()) {
        let (left, late) = side(&input, delay, is_left, |_| true);
        let (right, late_right) = side(&input, delay, |partition| !is_left(partition), |_| true);
        // The right side is read twice.
        let late = sum(sum(late, &late_right), &late_right);
        let two: Vec<Row> = pairs(&left, &right, (-before, after), |l, r| l.id * 10_000 + r.id)
            .into_iter()
            .map(|(row, _)| row)
            .collect();
        let given = Given::default();
        let pipeline = of_three(units(before), units(after), units(delay), given.clone());
        let expected = (pairs(&two, &right, (-before, after), |_, _| 0), late);
        check(&input, pipeline, &given, &partitions(&input), alternately, expected)?;
    }
}

stream_pipeline!(
    /// Over input that can be read again.
    fn kept(before: Duration, after: Duration) {
        let left = files("left/*")
            .json::<Event>()
            .event_time(|l| l.at * UNIT, max_delay = 15s, max_ahead = unbounded);
        let right =
            files("right/*")
                .json::<Event>()
                .event_time(|r| r.at * UNIT, max_delay = 15s, max_ahead = unbounded);
        let joined = left
            .join(right)
            .on(|l| l.key.as_str(), |r| r.key.as_str())
            .within(-before..=after);
        joined.map(|(l, r)| (l.id, r.id)).to(files("pairs").jsonl());
    }
);

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, ..ProptestConfig::default() })]

    /// A pipeline that is killed or stopped between any two batches, or dies at any step of one, gives what one gives that runs through.
    #[test]
    fn restarts_do_not_show(
        input in inputs(60, 60),
        before in 0i64..40,
        after in 0i64..40,
        restarts in prop::collection::vec((0u8..6, 0..Step::OF_A_BATCH.len()), 60),
    ) {
        let pipeline = || kept(units(before), units(after)).key_partitions(4);
        let mut driver = pipeline().test_with(Checkpoint::temporary());
        let (mut got, mut rows) = (Vec::<Pair>::new(), [Vec::new(), Vec::new()]);
        for (batch, (restart, step)) in input.batches.iter().zip(restarts.iter().cycle()) {
            match restart {
                0 => driver.crash(),
                1 => driver.stop(),
                _ => {}
            }
            if *restart < 2 {
                driver = driver.restart(pipeline());
            }
            for (_, event) in batch.events() {
                let side = usize::from(event.value > 0);
                driver.push(["left", "right"][side], json([event.clone()]));
                let (id, key, at) = (event.id, event.key.clone(), event.at);
                rows[side].push(Row { batch: 0, id, key, at });
            }
            if *restart == 2 && batch.events().next().is_some() {
                driver.crash_at(Step::OF_A_BATCH[*step]);
            }
            driver.advance(Duration::from_millis(1));
            if driver.is_down() {
                driver = driver.restart(pipeline());
                driver.advance(Duration::from_millis(1));
            }
            got.extend(driver.take_output("joined.files").json::<Pair>());
        }
        driver.finish();
        got.extend(driver.take_output("joined.files").json::<Pair>());
        let mut expected: Vec<Pair> = pairs(&rows[0], &rows[1], (-before, after), |_, _| 0).into_iter().map(|(_, pair)| pair).collect();
        got.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(got, expected);
    }
}

/// A row of the left source, and of the right one.
fn event(id: u32, key: &str, at: i64) -> Event {
    let key = key.to_owned();
    Event { id, key, at, value: 0 }
}

/// Rows leave when the watermark of the other side says so, whichever side speaks.
#[test]
fn rows_leave_by_the_watermark_of_the_other_side() {
    let given = Given::default();
    // Between 5 units before and 10 after.
    let mut driver = around(units(5), units(10), units(0), given.clone()).test();
    let resting = |driver: &streaming_runtime::testing::Driver<_>| -> u64 {
        let progress = driver.progress().expect("a batch");
        let joined = progress.operators.iter().find(|operator| operator.name == "joined");
        joined.and_then(|operator| operator.state_rows).expect("it has state")
    };
    driver.push("left", values((0..100).map(|n| event(n, &format!("key {n}"), 0))));
    driver.push("right", values([event(1000, "other", 0)]));
    driver.tick();
    assert_eq!(resting(&driver), 101);
    // The left side goes on: only the right row leaves, for which no left row can come any more.
    driver.push("left", values([event(2000, "other", 100)]));
    driver.tick();
    assert_eq!(resting(&driver), 101);
    // The right side says that nothing more comes for the rows of the left one: nobody else speaks.
    driver.push("right", values([event(3000, "other", 95)]));
    driver.tick();
    assert_eq!(resting(&driver), 2);
    assert_eq!(given.pairs.take(), [(2000, 3000)]);
    driver.finish();
}

stream_pipeline!(
    /// A side behind windows, and one that is not: what happened in the second after a window had closed.
    fn behind_windows(pairs: Collected<(String, u64, u32)>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = 0s);
        let counts = events.key_by(|e| e.key.as_str()).window(tumbling(1s)).count();
        let joined = counts
            .join(events)
            .on(|(key, _, _)| key.as_str(), |e| e.key.as_str())
            .within(1ms..=1s);
        joined.map(|((key, _, n), e)| (key, n, e.id)).to(collect(pairs));
    }
);

#[test]
fn a_side_may_be_the_result_of_windows() {
    let pairs = Collected::new();
    let mut driver = behind_windows(pairs.clone()).test();
    driver.push(
        "events",
        values([event(1, "a", 0), event(2, "a", 999), event(3, "b", 500)]),
    );
    driver.tick();
    // The window is over, and its result of time 999 meets what came in the same batch.
    driver.push(
        "events",
        values([event(4, "a", 1000), event(5, "a", 1999), event(6, "b", 2000)]),
    );
    driver.tick();
    let mut got = pairs.take();
    got.sort();
    assert_eq!(got, [("a".to_owned(), 2, 4), ("a".to_owned(), 2, 5)]);
    driver.finish();
    assert_eq!(pairs.take(), []);
}

#[test]
fn the_plan_shows_both_inputs() {
    let pipeline = around(units(20), units(60), units(0), Given::default());
    let text = pipeline.explain().to_string();
    assert!(text.contains("joined") && text.contains("within = -"), "{text}");
}
