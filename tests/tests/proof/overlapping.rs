//! Windows that share records, and windows that grow together: sliding windows and sessions against the definitions of the guide.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::{Checkpoint, json};
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

use super::input::{Event, Input, inputs};
use super::model::{Moment, Watermark, by_time, moments, start};

/// A window's result: a list that grows, a number, and a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Found {
    from: i64,
    to: i64,
    key: String,
    n: u64,
    sum: i64,
    all: Vec<u32>,
    last: u32,
}

stream_pipeline!(
    fn sliding(size: Duration, every: Duration, max_delay: Duration, found: Collected<Found>, late: Collected<Event>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay);
        let sums = events
            .key_by(|e| e.key.as_str())
            .window(sliding(size, every = every))
            .agg(Found {
                from: window_start(),
                to: window_end(),
                key: key(),
                n: count(),
                sum: sum(|e| e.value),
                all: collect(|e| e.id),
                last: last(|e| e.id),
            });
        sums.to(collect(found));
        sums.late().map(Event::clone).to(collect(late));
    }
);

stream_pipeline!(
    /// Without a list, windows are put together from what is known of the window before.
    fn panes(size: Duration, every: Duration, max_delay: Duration, found: Collected<Found>, late: Collected<Event>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay);
        let sums = events
            .key_by(|e| e.key.as_str())
            .window(sliding(size, every = every))
            .agg(Found {
                from: window_start(),
                to: window_end(),
                key: key(),
                n: count(),
                sum: sum(|e| e.value),
                all: Vec::new(),
                last: last(|e| e.id),
            });
        sums.to(collect(found));
        sums.late().map(Event::clone).to(collect(late));
    }
);

stream_pipeline!(
    fn sessions(gap: Duration, max_delay: Duration, found: Collected<Found>, late: Collected<Event>) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = max_delay);
        let sums = events.key_by(|e| e.key.as_str()).window(session(gap = gap)).agg(Found {
            from: window_start(),
            to: window_end(),
            key: key(),
            n: count(),
            sum: sum(|e| e.value),
            all: collect(|e| e.id),
            last: last(|e| e.id),
        });
        sums.to(collect(found));
        sums.late().map(Event::clone).to(collect(late));
    }
);

fn found(key: &str, from: i64, to: i64, events: &[(u32, &Event)]) -> Found {
    let events = by_time(events);
    Found {
        from,
        to,
        key: key.to_owned(),
        n: events.len() as u64,
        sum: events.iter().map(|e| i64::from(e.value)).sum(),
        all: events.iter().map(|e| e.id).collect(),
        last: events[events.len() - 1].id,
    }
}

/// What a batch gives: results, and late records.
type Given<'i> = (Vec<Found>, Vec<&'i Event>);

/// Every window of `size` that starts at a multiple of `every` and was not closed when the record came.
fn slide<'i>(moments: &[Moment<'i>], size: i64, every: i64) -> Vec<Given<'i>> {
    let mut open: BTreeMap<(i64, String), Vec<(u32, &'i Event)>> = BTreeMap::new();
    let each = moments.iter().map(|moment| {
        let mut late = Vec::new();
        for (partition, event) in &moment.events {
            let last = start(event.at, every);
            let windows = (0..size / every).map(|n| last - n * every);
            let windows: Vec<i64> = windows.filter(|from| from + size > moment.before).collect();
            if windows.is_empty() {
                late.push(*event);
            }
            for from in windows {
                open.entry((from, event.key.clone()))
                    .or_default()
                    .push((*partition, event));
            }
        }
        let mut results = Vec::new();
        open.retain(|(from, key), events| {
            let ripe = from + size <= moment.after;
            if ripe {
                results.push(found(key, *from, from + size, events));
            }
            !ripe
        });
        (results, late)
    });
    each.collect()
}

/// A session that is open: its first and last time, and its records.
type Open<'i> = (i64, i64, Vec<(u32, &'i Event)>);

/// Records of a key belong together while each comes less than `gap` after the one before.
fn live<'i>(moments: &[Moment<'i>], gap: i64) -> Vec<Given<'i>> {
    let mut open: BTreeMap<String, Vec<Open<'i>>> = BTreeMap::new();
    let each = moments.iter().map(|moment| {
        let mut late = Vec::new();
        for (partition, event) in &moment.events {
            if event.at + gap <= moment.before {
                late.push(*event);
                continue;
            }
            let of_key = open.entry(event.key.clone()).or_default();
            let mut whole: Open<'_> = (event.at, event.at, vec![(*partition, event)]);
            // Those that it touches, until it touches no more.
            while let Some(at) = of_key
                .iter()
                .position(|(first, last, _)| *first - whole.1 < gap && whole.0 - *last < gap)
            {
                let (first, last, events) = of_key.remove(at);
                whole = (whole.0.min(first), whole.1.max(last), [events, whole.2].concat());
            }
            of_key.push(whole);
        }
        let mut results = Vec::new();
        for (key, sessions) in &mut open {
            sessions.retain(|(first, last, events)| {
                let ripe = last + gap <= moment.after;
                if ripe {
                    results.push(found(key, *first, last + gap, events));
                }
                !ripe
            });
        }
        (results, late)
    });
    each.collect()
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).expect("small")
}

/// Runs the input through a pipeline and compares batch by batch.
fn check(
    input: &Input,
    max_delay: u64,
    pipeline: Pipeline<impl Graph>,
    (sums, late): (&Collected<Found>, &Collected<Event>),
    model: impl Fn(&[Moment<'_>]) -> Vec<(Vec<Found>, Vec<Event>)>,
) {
    let mut driver = pipeline.test();
    driver.partitions("events", input.partitions);
    let mut watermark = [Watermark::new(signed(max_delay), None, 0..input.partitions)];
    let moments = moments(input, &mut watermark);
    for (batch, (mut want, want_late)) in model(&moments).into_iter().enumerate() {
        input.run(&mut driver, batch, |partition| ("events", partition));
        let (mut got, got_late) = (sums.take(), late.take());
        got.sort();
        want.sort();
        assert_eq!(got, want, "batch {batch}");
        assert_eq!(got_late, want_late, "late in batch {batch}");
    }
}

fn owned(given: Vec<Given<'_>>) -> Vec<(Vec<Found>, Vec<Event>)> {
    let each = given.into_iter();
    each.map(|(found, late)| (found, late.into_iter().cloned().collect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn sliding_windows(
        input in inputs(60, 60),
        every in 1u64..12,
        times in 1u64..7,
        max_delay in prop_oneof![Just(0u64), 0u64..40],
        key_partitions in (0u32..4).prop_map(|n| 1usize << n),
    ) {
        let (sums, late) = (Collected::new(), Collected::new());
        let pipeline = sliding(millis(every * times), millis(every), millis(max_delay), sums.clone(), late.clone());
        check(&input, max_delay, pipeline.key_partitions(key_partitions), (&sums, &late), |moments| {
            owned(slide(moments, signed(every * times), signed(every)))
        });
    }

    #[test]
    fn sliding_windows_without_lists(
        input in inputs(60, 60),
        every in 1u64..12,
        times in 1u64..7,
        max_delay in prop_oneof![Just(0u64), 0u64..40],
        key_partitions in (0u32..4).prop_map(|n| 1usize << n),
    ) {
        let (sums, late) = (Collected::new(), Collected::new());
        let pipeline = panes(millis(every * times), millis(every), millis(max_delay), sums.clone(), late.clone());
        check(&input, max_delay, pipeline.key_partitions(key_partitions), (&sums, &late), |moments| {
            let mut given = owned(slide(moments, signed(every * times), signed(every)));
            given.iter_mut().flat_map(|(found, _)| found).for_each(|found| found.all.clear());
            given
        });
    }

    #[test]
    fn sessions_of_keys(
        input in inputs(60, 60),
        gap in 1u64..20,
        max_delay in prop_oneof![Just(0u64), 0u64..40],
        key_partitions in (0u32..4).prop_map(|n| 1usize << n),
    ) {
        let (sums, late) = (Collected::new(), Collected::new());
        let pipeline = sessions(millis(gap), millis(max_delay), sums.clone(), late.clone());
        check(&input, max_delay, pipeline.key_partitions(key_partitions), (&sums, &late), |moments| {
            owned(live(moments, signed(gap)))
        });
    }
}

stream_pipeline!(
    /// Both, and a window with a list, over input that can be read again.
    fn kept(size: Duration, every: Duration, gap: Duration) {
        let events = files("in/*").json::<Event>().event_time(|e| e.at, max_delay = 1h);
        let slides = events
            .key_by(|e| e.key.as_str())
            .window(sliding(size, every = every))
            .agg(Found {
                from: window_start(),
                to: window_end(),
                key: key(),
                n: count(),
                sum: sum(|e| e.value),
                all: collect(|e| e.id),
                last: last(|e| e.id),
            });
        let visits = events.key_by(|e| e.key.as_str()).window(session(gap = gap)).agg(Found {
            from: window_start(),
            to: window_end(),
            key: key(),
            n: count(),
            sum: sum(|e| e.value),
            all: collect(|e| e.id),
            last: last(|e| e.id),
        });
        let panes = events
            .key_by(|e| e.key.as_str())
            .window(sliding(size, every = every))
            .count();
        panes
            .map(|(key, window, n)| (window.start, key, n))
            .to(files("panes").jsonl());
        slides.to(files("slides").jsonl());
        visits.to(files("visits").jsonl());
    }
);

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// A pipeline that is killed, or stopped, between any two batches gives what one gives that runs through.
    #[test]
    fn restarts_do_not_show(
        input in inputs(40, 60),
        every in 1u64..12,
        times in 1u64..5,
        gap in 1u64..20,
        restarts in prop::collection::vec(0u8..4, 60),
    ) {
        let (size, slide_by, gap_of) = (millis(every * times), millis(every), millis(gap));
        let mut driver = kept(size, slide_by, gap_of).key_partitions(4).test_with(Checkpoint::temporary());
        let whole = Input { partitions: 1, ..input };
        let (mut slides, mut visits) = (Vec::<Found>::new(), Vec::<Found>::new());
        let mut panes = Vec::<(i64, String, u64)>::new();
        for (batch, restart) in whole.batches.iter().zip(restarts.iter().cycle()) {
            match restart {
                0 => driver.crash(),
                1 => driver.stop(),
                _ => {}
            }
            if *restart < 2 {
                driver = driver.restart(kept(size, slide_by, gap_of).key_partitions(4));
            }
            for (_, event) in batch.events() {
                driver.push("events", json([event.clone()]));
            }
            driver.advance(millis(1));
            slides.extend(driver.take_output("slides.files").json::<Found>());
            visits.extend(driver.take_output("visits.files").json::<Found>());
            panes.extend(driver.take_output("panes.files").json::<(i64, String, u64)>());
        }
        // Files may grow: windows close when a record comes that is late enough.
        if let Some(last) = whole.events().map(|event| event.at).max() {
            let end = Event { id: 0, key: "end".to_owned(), at: last + 7_200_000, value: 0 };
            driver.push("events", json([end]));
        }
        driver.finish();
        slides.extend(driver.take_output("slides.files").json::<Found>());
        visits.extend(driver.take_output("visits.files").json::<Found>());
        panes.extend(driver.take_output("panes.files").json::<(i64, String, u64)>());
        let events = whole.batches.iter().flat_map(|batch| batch.events().map(|(_, event)| (0, event))).collect();
        let all = [Moment { before: i64::MIN, after: i64::MAX, events, came: true, now: 0 }];
        let mut expected = [slide(&all, signed(every * times), signed(every)), live(&all, signed(gap))].map(|mut given| given.remove(0).0);
        let mut got = [slides, visits];
        got.iter_mut().chain(&mut expected).for_each(|found| found.sort());
        panes.sort();
        let counts: Vec<_> = expected[0].iter().map(|found| (found.from, found.key.clone(), found.n)).collect();
        prop_assert_eq!(panes, counts);
        prop_assert_eq!(got, expected);
    }
}
