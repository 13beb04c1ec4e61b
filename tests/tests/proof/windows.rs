//! Tumbling windows under every aggregate, late records, idle partitions.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use streaming_runtime::progress::BatchProgress;
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

use super::input::{Event, Input, inputs};
use super::model::{Fired, Moment, Watermark, by_time, moments, windows};

/// Every aggregate there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Total {
    key: String,
    from: i64,
    to: i64,
    n: u64,
    sum: i64,
    min: i32,
    max: i32,
    avg: f64,
    first: u32,
    last: u32,
    all: Vec<(u32, i32)>,
    different: u64,
    top: Vec<Event>,
    /// Aggregates are values of Rust.
    spread: i32,
}

stream_pipeline!(
    /// Everything about a window, and what came too late for it.
    fn totals(size: Duration, max_delay: Duration, idle: Duration, totals: Collected<Total>, late: Collected<Event>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay, idle = idle);
        let sums = events.key_by(|e| e.key.as_str()).window(tumbling(size)).agg(Total {
            key: key(),
            from: window_start(),
            to: window_end(),
            n: count(),
            sum: sum(|e| e.value),
            min: min(|e| e.value),
            max: max(|e| e.value),
            avg: avg(|e| e.value),
            first: first(|e| e.id),
            last: last(|e| e.id),
            all: collect(|e| (e.id, e.value)),
            different: count_distinct(|e| e.value),
            top: top(2, |e| e.value),
            spread: max(|e| e.value) - min(|e| e.value),
        });
        sums.to(collect(totals));
        sums.late().map(Event::clone).to(collect(late));
    }
);

/// A window's total, the simple way.
fn total(key: &str, from: i64, size: i64, events: &[(u32, &Event)]) -> Total {
    let events = by_time(events);
    let values = || events.iter().map(|e| e.value);
    let sum: i64 = values().map(i64::from).sum();
    let mut best = events.clone();
    best.sort_by_key(|e| -e.value);
    let (min, max) = (values().min().unwrap(), values().max().unwrap());
    #[allow(clippy::cast_precision_loss)]
    Total {
        key: key.to_owned(),
        from,
        to: from + size,
        n: events.len() as u64,
        sum,
        min,
        max,
        avg: sum as f64 / events.len() as f64,
        first: events[0].id,
        last: events[events.len() - 1].id,
        all: events.iter().map(|e| (e.id, e.value)).collect(),
        different: values().collect::<HashSet<_>>().len() as u64,
        top: best.into_iter().take(2).cloned().collect(),
        spread: max - min,
    }
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// What the document of a batch says must be what happened, to the record.
fn check_progress(progress: &BatchProgress, moment: &Moment<'_>, fired: &Fired<'_>) {
    let operator = |name: &str| {
        let found = progress
            .operators
            .iter()
            .find(|operator| operator.name == name && operator.kind != "collect");
        found.unwrap_or_else(|| panic!("no operator `{name}` in {:#?}", progress.operators))
    };
    let sink = |name: &str| {
        progress
            .sinks
            .iter()
            .find(|sink| sink.name == name)
            .expect("a sink")
            .rows
    };
    let known = |at: i64| (at != i64::MIN).then_some(at);
    assert_eq!(progress.rows_in, moment.events.len() as u64);
    assert_eq!(progress.late, fired.late.len() as u64);
    assert_eq!(progress.watermark, known(moment.after));
    assert_eq!(operator("sums").late, progress.late);
    assert_eq!(operator("sums").rows, fired.windows.len() as u64);
    assert_eq!(operator("sums").state_rows, Some(fired.open as u64));
    assert_eq!(sink("sums.collect"), fired.windows.len() as u64);
    assert_eq!(sink("sums.late.collect"), progress.late);
    assert_eq!((progress.errors, progress.skipped), (0, 0));
}

fn check(input: &Input, size: u64, max_delay: u64, idle: u64, key_partitions: usize) {
    let (sums, late) = (Collected::new(), Collected::new());
    let pipeline = totals(
        millis(size),
        millis(max_delay),
        millis(idle),
        sums.clone(),
        late.clone(),
    );
    let mut driver = pipeline.key_partitions(key_partitions).test();
    driver.partitions("events", input.partitions);
    let signed = |n: u64| i64::try_from(n).expect("small");
    let mut watermark = [Watermark::new(signed(max_delay), Some(idle), 0..input.partitions)];
    let moments = moments(input, &mut watermark);
    let expected = windows(&moments, signed(size), |e| e.key.clone(), |_, _| true);
    let (mut used, mut number) = (0, 0);
    for (batch, (moment, fired)) in moments.iter().zip(&expected).enumerate() {
        input.run(&mut driver, batch, |partition| ("events", partition));
        let mut got = sums.take();
        got.sort_by(|a, b| (a.from, &a.key).cmp(&(b.from, &b.key)));
        let want: Vec<Total> = fired
            .windows
            .iter()
            .map(|(key, from, events)| total(key, *from, signed(size), events))
            .collect();
        assert_eq!(got, want, "batch {batch}");
        let got_late = late.take();
        assert_eq!(got_late.iter().collect::<Vec<_>>(), fired.late, "late in batch {batch}");
        used += got.iter().map(|total| total.n).sum::<u64>() + got_late.len() as u64;
        if moment.came || !fired.windows.is_empty() {
            let progress = driver.progress().expect("a batch");
            assert_eq!(progress.batch, number, "batches have no gaps");
            number += 1;
            check_progress(progress, moment, fired);
        }
    }
    assert_eq!(
        used,
        input.events().count() as u64,
        "every record is in one window or late"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn windows_and_late_records(
        input in inputs(60, 60),
        size in 1u64..40,
        max_delay in prop_oneof![Just(0u64), 0u64..40],
        idle in prop_oneof![Just(1_000_000u64), 1u64..40],
        key_partitions in (0u32..7).prop_map(|n| 1usize << n),
    ) {
        check(&input, size, max_delay, idle, key_partitions);
    }
}
