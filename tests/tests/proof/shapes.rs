//! Streams that part and meet: unions of sources with watermarks of their own, splits, branches, many readers.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

use super::input::{Event, Input, inputs};
use super::model::{Fired, Watermark, by_time, moments, start, windows};

#[derive(Default, Clone)]
struct Results {
    united: Collected<(String, i64, Vec<u32>)>,
    late: Collected<u32>,
    own: Collected<(String, i64, u64)>,
    own_late: Collected<u32>,
    again: Collected<(i64, u64, u64)>,
    even: Collected<u32>,
    odd: Collected<u32>,
    low: Collected<u32>,
    middle: Collected<u32>,
    high: Collected<u32>,
    batch: Collected<u64>,
    twice: Collected<u32>,
}

stream_pipeline!(
    fn shapes(size: Duration, larger: Duration, delay_a: Duration, delay_b: Duration, out: Results) {
        let a = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = delay_a);
        let b = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = delay_b);

        // One stream under two watermarks.
        let both = union(a, b);
        let united =
            both.key_by(|e| e.key.as_str())
                .window(tumbling(size))
                .agg((key(), window_start(), collect(|e| e.id)));
        united.to(collect(out.united));
        united.late().map(|e| e.id).to(collect(out.late));

        // The same source under its own.
        let own = a.key_by(|e| e.key.as_str()).window(tumbling(size)).count();
        let own_rows = own.map(|(key, window, n)| (key, window.start, n));
        own_rows.to(collect(out.own));
        own.late().map(|e| e.id).to(collect(out.own_late));

        // Results of both, together, in windows once more.
        let results = union(united.map(|(key, from, ids)| (key, from, ids.len() as u64)), own_rows);
        let again = results
            .key_by(|_| ())
            .window(tumbling(larger))
            .agg((window_start(), count(), sum(|(_, _, n)| *n)));
        again.to(collect(out.again));

        // Parts, and parts of parts.
        let (even, odd) = both.split(|e| e.value % 2 == 0);
        even.map(|e| e.id).to(collect(out.even));
        odd.map(|e| e.id).to(collect(out.odd));
        let (low, middle, high) = odd.branch(|e| e.value < -20, |e| e.value < 20);
        low.map(|e| e.id).to(collect(out.low));
        middle.map(|e| e.id).to(collect(out.middle));
        high.map(|e| e.id).to(collect(out.high));

        // A part meets the whole again.
        let twice = union(even, both);
        twice.map(|e| e.id).to(collect(out.twice));
        both.key_by(|_| ()).batch().agg(count()).to(collect(out.batch));
    }
);

fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

/// Windows of `size` as `(key, start, value)`.
fn rows<T>(fired: &Fired<'_>, value: impl Fn(&[(u32, &Event)]) -> T) -> Vec<(String, i64, T)> {
    fired
        .windows
        .iter()
        .map(|(key, start, events)| (key.clone(), *start, value(events)))
        .collect()
}

/// Partitions in turn belong to the one and the other source.
fn source(partition: u32) -> (&'static str, u32) {
    (if partition.is_multiple_of(2) { "a" } else { "b" }, partition / 2)
}

fn check(input: &Input, size: i64, larger: i64, delays: [i64; 2], key_partitions: usize) {
    let millis = |ms: i64| Duration::from_millis(ms.unsigned_abs());
    let out = Results::default();
    let pipeline = shapes(
        millis(size),
        millis(larger),
        millis(delays[0]),
        millis(delays[1]),
        out.clone(),
    );
    let mut driver = pipeline.key_partitions(key_partitions).test();
    driver.partitions("a", input.partitions.div_ceil(2));
    driver.partitions("b", input.partitions / 2);

    let a = || Watermark::new(delays[0], None, (0..input.partitions).filter(|p| p % 2 == 0));
    let b = || Watermark::new(delays[1], None, (0..input.partitions).filter(|p| p % 2 == 1));
    let under_both = moments(input, &mut [a(), b()]);
    let under_own = moments(input, &mut [a()]);
    let united = windows(&under_both, size, |e| e.key.clone(), |_, _| true);
    let own = windows(&under_own, size, |e| e.key.clone(), |partition, _| partition % 2 == 0);
    let mut open: BTreeMap<i64, (u64, u64)> = BTreeMap::new();

    for (number, moment) in under_both.iter().enumerate() {
        input.run(&mut driver, number, source);
        let united_rows = rows(&united[number], |events| by_time(events).iter().map(|e| e.id).collect());
        assert_eq!(
            sorted(out.united.take()),
            sorted(united_rows.clone()),
            "union, batch {number}"
        );
        assert_eq!(
            out.late.take(),
            ids(united[number].late.iter().copied()),
            "late, batch {number}"
        );
        let own_rows = rows(&own[number], |events| events.len() as u64);
        assert_eq!(sorted(out.own.take()), sorted(own_rows.clone()), "own, batch {number}");
        assert_eq!(
            out.own_late.take(),
            ids(own[number].late.iter().copied()),
            "own late, batch {number}"
        );

        let lengths = united_rows
            .iter()
            .map(|(_, from, ids): &(_, _, Vec<u32>)| (*from, ids.len() as u64));
        for (from, n) in lengths.chain(own_rows.iter().map(|(_, from, n)| (*from, *n))) {
            let (results, records) = open.entry(start(from + size - 1, larger)).or_default();
            *results += 1;
            *records += n;
        }
        let rest = open.split_off(&moment.after.saturating_sub(larger).saturating_add(1));
        let ripe: Vec<_> = std::mem::replace(&mut open, rest)
            .into_iter()
            .map(|(from, (n, sum))| (from, n, sum))
            .collect();
        assert_eq!(sorted(out.again.take()), ripe, "union of aggregates, batch {number}");

        let events = || moment.events.iter().map(|(_, event)| *event);
        let of = |wanted: fn(i32) -> bool| ids(events().filter(|e| wanted(e.value)));
        assert_eq!(out.even.take(), of(|v| v % 2 == 0));
        assert_eq!(out.odd.take(), of(|v| v % 2 != 0));
        assert_eq!(out.low.take(), of(|v| v % 2 != 0 && v < -20));
        assert_eq!(out.middle.take(), of(|v| v % 2 != 0 && (-20..20).contains(&v)));
        assert_eq!(out.high.take(), of(|v| v % 2 != 0 && v >= 20));
        let twice = ids(events().filter(|e| e.value % 2 == 0).chain(events()));
        assert_eq!(
            sorted(out.twice.take()),
            sorted(twice),
            "a part and the whole, batch {number}"
        );
        let count = moment.events.len() as u64;
        assert_eq!(out.batch.take(), if count == 0 { vec![] } else { vec![count] });
    }
    assert!(open.is_empty());
}

fn ids<'e>(events: impl IntoIterator<Item = &'e Event>) -> Vec<u32> {
    events.into_iter().map(|event| event.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    #[test]
    fn streams_part_and_meet(
        input in inputs(60, 40),
        size in 1i64..30,
        larger in 1i64..60,
        delays in [0i64..30, 0i64..30],
        key_partitions in (0u32..7).prop_map(|n| 1usize << n),
    ) {
        check(&input, size, larger, delays, key_partitions);
    }
}
