//! Windows behind windows: the event time of a result is the end of its window, or what a second `event_time` says.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

use super::input::{Batch, Event, Input, inputs};
use super::model::{Watermark, moments, start, windows};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Sum {
    key: String,
    from: i64,
    n: u64,
    total: i64,
}

/// Windows of windows: start, windows below, records in all of them, their sum.
type Row = (i64, u64, u64, i64);

stream_pipeline!(
    #[allow(deprecated)]
    fn chained(
        small: Duration,
        large: Duration,
        max_delay: Duration,
        ends: Collected<Row>,
        starts: Collected<Row>,
        late: Collected<Sum>,
    ) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay);
        let sums = events.key_by(|e| e.key.as_str()).window(tumbling(small)).agg(Sum {
            key: key(),
            from: window_start(),
            n: count(),
            total: sum(|e| e.value),
        });
        let by_end =
            sums.key_by(|_| 0u8)
                .window(tumbling(large))
                .agg((window_start(), count(), sum(|s| s.n), sum(|s| s.total)));
        by_end.to(collect(ends));

        let timed = sums.event_time(|s| s.from, max_delay = max_delay);
        let by_start = timed.key_by(|_| 0u8).window(tumbling(large)).agg((
            window_start(),
            count(),
            sum(|s| s.n),
            sum(|s| s.total),
        ));
        by_start.to(collect(starts));
        by_start.late().to(collect(late));
    }
);

/// The second windows, under the watermark that applies to them.
#[derive(Default)]
struct Second {
    open: BTreeMap<i64, Vec<Sum>>,
}

impl Second {
    /// Takes what the first windows gave in one batch; returns what comes too late, and what closes.
    fn batch(
        &mut self,
        sums: &[Sum],
        size: i64,
        at: impl Fn(&Sum) -> i64,
        before: i64,
        after: i64,
    ) -> (Vec<Sum>, Vec<Row>) {
        let mut late = Vec::new();
        for sum in sums {
            let start = start(at(sum), size);
            if start + size <= before {
                late.push(sum.clone());
            } else {
                self.open.entry(start).or_default().push(sum.clone());
            }
        }
        let rest = self.open.split_off(&after.saturating_sub(size).saturating_add(1));
        let ripe = std::mem::replace(&mut self.open, rest).into_iter();
        let row = |(start, sums): (i64, Vec<Sum>)| {
            (
                start,
                sums.len() as u64,
                sums.iter().map(|s| s.n).sum(),
                sums.iter().map(|s| s.total).sum(),
            )
        };
        (late, ripe.map(row).collect())
    }
}

fn check(input: &Input, small: i64, large: i64, max_delay: i64, key_partitions: usize) {
    let millis = |ms: i64| Duration::from_millis(ms.unsigned_abs());
    let (ends, starts, late) = (Collected::new(), Collected::new(), Collected::new());
    let pipeline = chained(
        millis(small),
        millis(large),
        millis(max_delay),
        ends.clone(),
        starts.clone(),
        late.clone(),
    );
    let mut driver = pipeline.key_partitions(key_partitions).test();
    driver.partitions("events", input.partitions);
    let moments = moments(input, &mut [Watermark::new(max_delay, None, 0..input.partitions)]);
    let first = windows(&moments, small, |e| e.key.clone(), |_, _| true);
    let (mut by_end, mut by_start, mut watermark) = (Second::default(), Second::default(), i64::MIN);
    for (batch, (moment, fired)) in moments.iter().zip(&first).enumerate() {
        input.run(&mut driver, batch, |partition| ("events", partition));
        let sum = |(key, from, events): &(String, i64, Vec<(u32, &Event)>)| Sum {
            key: key.clone(),
            from: *from,
            n: events.len() as u64,
            total: events.iter().map(|(_, e)| i64::from(e.value)).sum(),
        };
        let sums: Vec<Sum> = fired.windows.iter().map(sum).collect();

        let (too_late, rows) = by_end.batch(&sums, large, |s| s.from + small - 1, moment.before, moment.after);
        assert!(too_late.is_empty(), "what a window gives is never late in the next one");
        assert_eq!(sorted(ends.take()), rows, "by end, batch {batch}");

        let highest = sums.iter().map(|s| s.from).max().map_or(i64::MIN, |at| at - max_delay);
        let over = batch + 1 == moments.len();
        let after = if over { i64::MAX } else { watermark.max(highest) };
        let (too_late, rows) = by_start.batch(&sums, large, |s| s.from, watermark, after);
        watermark = after;
        assert_eq!(sorted(late.take()), sorted(too_late), "late, batch {batch}");
        assert_eq!(sorted(starts.take()), rows, "by start, batch {batch}");
    }
    assert!(by_end.open.is_empty() && by_start.open.is_empty());
}

fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn windows_behind_windows(
        input in inputs(60, 30),
        small in 1i64..20,
        large in 1i64..50,
        max_delay in prop_oneof![Just(0i64), 0i64..30],
        key_partitions in (0u32..7).prop_map(|n| 1usize << n),
    ) {
        check(&input, small, large, max_delay, key_partitions);
    }
}

/// Start of a window; of the results in it the key of the first and of the last, all of them, and the three highest.
type Ordered = (i64, String, String, Vec<String>, Vec<String>);

stream_pipeline!(
    /// What is first and last of what a window gave.
    fn ordered(size: Duration, out: Collected<Ordered>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = 10s);
        let sums = events.key_by(|e| e.key.as_str()).window(tumbling(size)).count();
        let rows = sums.key_by(|_| 0u8).window(tumbling(1s)).agg((
            window_start(),
            first(|(key, _, _)| key.as_str()),
            last(|(key, _, _)| key.as_str()),
            collect(|(key, window, _)| format!("{key} {}", window.start)),
            top(3, |(_, _, n)| *n)
                .iter()
                .map(|(key, window, _)| format!("{key} {}", window.start))
                .collect(),
        ));
        rows.to(collect(out));
    }
);

/// As one batch of one chunk a partition, or as it was cut.
fn run_ordered(input: &Input, size: i64, key_partitions: usize) -> Vec<Ordered> {
    let out = Collected::new();
    let pipeline = ordered(Duration::from_millis(size.unsigned_abs()), out.clone());
    let mut driver = pipeline.key_partitions(key_partitions).test();
    driver.partitions("events", input.partitions);
    for batch in 0..input.batches.len() {
        input.run(&mut driver, batch, |partition| ("events", partition));
    }
    sorted(out.take())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Neither key partitions nor tables nor batches show in the order of what windows gave at the same time.
    #[test]
    fn the_order_behind_a_window_does_not_depend_on_cuts(
        input in inputs(60, 30),
        size in 1i64..40,
        key_partitions in (0u32..7).prop_map(|n| 1usize << n),
    ) {
        let whole = Batch {
            chunks: input.batches.iter().flat_map(|batch| batch.chunks.clone()).collect(),
            ..Batch::default()
        };
        let uncut = Input { partitions: input.partitions, batches: vec![whole] };
        prop_assert_eq!(run_ordered(&input, size, key_partitions), run_ordered(&uncut, size, 1));
    }
}
