//! `.batch()` and `.running(…)` under every function, and windows under the functions that are not `agg`.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;
use streaming_runtime::time::Window;

use super::input::{Event, Input, inputs};
use super::model::{Watermark, by_time, moments, windows};

/// What the functions give for the keys of one scope.
#[derive(Default, Clone)]
struct Results {
    counts: Collected<(String, u64)>,
    sums: Collected<(String, i64)>,
    least: Collected<(String, Event)>,
    folded: Collected<(String, Vec<u32>)>,
    ordered: Collected<(String, u32, u32, Vec<u32>)>,
}

stream_pipeline!(
    fn scopes(ttl: Duration, batch: Results, running: Results, forgetting: Results) {
        let events = memory(Vec::<Event>::new());
        let keyed = events.key_by(|e| e.key.as_str());

        let now = keyed.batch();
        now.count().to(collect(batch.counts));
        now.sum(|e| e.value).to(collect(batch.sums));
        now.reduce(least).to(collect(batch.least));
        now.fold(Vec::new(), arrived).to(collect(batch.folded));
        now.agg((key(), first(|e| e.id), last(|e| e.id), collect(|e| e.id)))
            .to(collect(batch.ordered));

        let ever = keyed.running(unbounded);
        let ever_counts = ever.count();
        ever_counts.to(collect(running.counts));
        let ever_sums = ever.sum(|e| e.value);
        ever_sums.to(collect(running.sums));
        let ever_least = ever.reduce(least);
        ever_least.to(collect(running.least));
        let ever_folded = ever.fold(Vec::new(), arrived);
        ever_folded.to(collect(running.folded));
        let ever_ordered = ever.agg((key(), first(|e| e.id), last(|e| e.id), collect(|e| e.id)));
        ever_ordered.to(collect(running.ordered));

        let lately = keyed.running(ttl = ttl);
        let lately_counts = lately.count();
        lately_counts.to(collect(forgetting.counts));
        let lately_sums = lately.sum(|e| e.value);
        lately_sums.to(collect(forgetting.sums));
        let lately_least = lately.reduce(least);
        lately_least.to(collect(forgetting.least));
        let lately_folded = lately.fold(Vec::new(), arrived);
        lately_folded.to(collect(forgetting.folded));
        let lately_ordered = lately.agg((key(), first(|e| e.id), last(|e| e.id), collect(|e| e.id)));
        lately_ordered.to(collect(forgetting.ordered));
    }
);

fn least(a: Event, b: Event) -> Event {
    if (a.value, a.id) <= (b.value, b.id) { a } else { b }
}

#[expect(clippy::needless_pass_by_value, reason = "as `fold` calls it")]
fn arrived(mut ids: Vec<u32>, event: Event) -> Vec<u32> {
    ids.push(event.id);
    ids
}

/// What is known of the keys, and when each was last seen.
#[derive(Default)]
struct Known<'i> {
    keys: BTreeMap<&'i str, (u64, Vec<&'i Event>)>,
}

impl<'i> Known<'i> {
    /// Adds the records of a batch; a key that was silent for `ttl` begins anew.
    fn add(&mut self, events: &[(u32, &'i Event)], now: u64, ttl: u64) {
        for (_, event) in events {
            let (seen, known) = self.keys.entry(&event.key).or_default();
            if now - *seen >= ttl {
                known.clear();
            }
            *seen = now;
            known.push(event);
        }
    }

    /// The keys that this batch has changed, with all their records in order of arrival.
    fn changed(&self, events: &[(u32, &'i Event)]) -> Vec<(String, &[&'i Event])> {
        let changed = self
            .keys
            .iter()
            .filter(|(key, _)| events.iter().any(|(_, event)| event.key == **key));
        changed
            .map(|(key, (_, known))| ((*key).to_owned(), &known[..]))
            .collect()
    }
}

impl Results {
    fn check(&self, expected: &[(String, &[&Event])], what: &str) {
        let ids = |events: &[&Event]| -> Vec<u32> { events.iter().map(|e| e.id).collect() };
        let counts: Vec<_> = expected
            .iter()
            .map(|(key, events)| (key.clone(), events.len() as u64))
            .collect();
        assert_eq!(sorted(&self.counts), counts, "count, {what}");
        let sum = |events: &[&Event]| events.iter().map(|e| i64::from(e.value)).sum();
        let sums: Vec<(String, i64)> = expected
            .iter()
            .map(|(key, events)| (key.clone(), sum(events)))
            .collect();
        assert_eq!(sorted(&self.sums), sums, "sum, {what}");
        let least = |events: &[&Event]| events.iter().min_by_key(|e| (e.value, e.id)).copied().cloned();
        let leasts: Vec<_> = expected
            .iter()
            .map(|(key, events)| (key.clone(), least(events).unwrap()))
            .collect();
        assert_eq!(sorted(&self.least), leasts, "reduce, {what}");
        let folded: Vec<_> = expected
            .iter()
            .map(|(key, events)| (key.clone(), ids(events)))
            .collect();
        assert_eq!(sorted(&self.folded), folded, "fold, {what}");
        let ordered: Vec<_> = expected
            .iter()
            .map(|(key, events)| (key.clone(), events[0].id, events[events.len() - 1].id, ids(events)))
            .collect();
        assert_eq!(sorted(&self.ordered), ordered, "agg, {what}");
    }
}

fn sorted<T: Ord>(rows: &Collected<T>) -> Vec<T> {
    let mut rows = rows.take();
    rows.sort();
    rows
}

fn check_scopes(input: &Input, ttl: u64, key_partitions: usize) {
    let (batch, running, forgetting) = (Results::default(), Results::default(), Results::default());
    let pipeline = scopes(
        Duration::from_millis(ttl),
        batch.clone(),
        running.clone(),
        forgetting.clone(),
    );
    let mut driver = pipeline.key_partitions(key_partitions).test();
    let (mut ever, mut lately) = (Known::default(), Known::default());
    for (number, moment) in moments(input, &mut []).iter().enumerate() {
        input.run(&mut driver, number, |partition| ("events", partition));
        let mut now = Known::default();
        now.add(&moment.events, moment.now, u64::MAX);
        ever.add(&moment.events, moment.now, u64::MAX);
        lately.add(&moment.events, moment.now, ttl);
        batch.check(&now.changed(&moment.events), &format!("of batch {number}"));
        running.check(&ever.changed(&moment.events), &format!("running, batch {number}"));
        forgetting.check(&lately.changed(&moment.events), &format!("with ttl, batch {number}"));
        if !moment.came {
            continue;
        }
        for operator in &driver.progress().expect("a batch").operators {
            let keys = ever.keys.len() as u64;
            match (&operator.name[..], operator.state_rows) {
                (name, Some(rows)) if name.starts_with("ever_") => assert_eq!(rows, keys, "{name}"),
                (name, Some(rows)) if name.starts_with("lately_") => assert!(rows <= keys, "{name} keeps {rows}"),
                (_, rows) => assert_eq!(rows.unwrap_or(0), 0, "nothing of a batch rests"),
            }
        }
    }
}

stream_pipeline!(
    /// What `agg` is not, over windows.
    fn functions(
        size: Duration,
        counts: Collected<(String, Window, u64)>,
        sums: Collected<(String, Window, i64)>,
        leasts: Collected<(String, Window, Event)>,
        folds: Collected<(String, Window, Vec<u32>)>,
        tops: Collected<Vec<Event>>,
    ) {
        let events = memory(Vec::<Event>::new()).event_time(|e| e.at, max_delay = 5ms);
        let window = events.key_by(|e| e.key.as_str()).window(tumbling(size));
        let n = window.count();
        n.to(collect(counts));
        let total = window.sum(|e| e.value);
        total.to(collect(sums));
        let best = window.reduce(least);
        best.to(collect(leasts));
        let folded = window.fold(Vec::new(), arrived);
        folded.to(collect(folds));
        let highest = window.agg(top(3, |e| e.value));
        highest.to(collect(tops));
    }
);

fn check_functions(input: &Input, size: i64) {
    let (counts, sums) = (Collected::new(), Collected::new());
    let (leasts, folds, tops) = (Collected::new(), Collected::new(), Collected::new());
    let millis = Duration::from_millis(size.unsigned_abs());
    let pipeline = functions(
        millis,
        counts.clone(),
        sums.clone(),
        leasts.clone(),
        folds.clone(),
        tops.clone(),
    );
    let mut driver = pipeline.key_partitions(4).test();
    driver.partitions("events", input.partitions);
    let moments = moments(input, &mut [Watermark::new(5, None, 0..input.partitions)]);
    for (number, fired) in windows(&moments, size, |e| e.key.clone(), |_, _| true)
        .iter()
        .enumerate()
    {
        input.run(&mut driver, number, |partition| ("events", partition));
        let mut wanted = fired.windows.clone();
        wanted.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let window = |start: i64| Window {
            start,
            end: start + size,
        };
        macro_rules! expect {
            ($got:expr, |$events:ident| $value:expr) => {
                let want: Vec<_> = wanted
                    .iter()
                    .map(|(key, start, $events)| (key.clone(), window(*start), $value))
                    .collect();
                assert_eq!(
                    sorted(&$got),
                    want,
                    concat!(stringify!($got), " of batch {}"),
                    number
                );
            };
        }
        expect!(counts, |events| events.len() as u64);
        expect!(sums, |events| events
            .iter()
            .map(|(_, e)| i64::from(e.value))
            .sum::<i64>());
        expect!(leasts, |events| events
            .iter()
            .map(|(_, e)| (*e).clone())
            .reduce(least)
            .unwrap());
        expect!(folds, |events| events.iter().map(|(_, e)| e.id).collect::<Vec<_>>());
        let best = |events: &[(u32, &Event)]| {
            let mut events = by_time(events);
            events.sort_by_key(|e| -e.value);
            events.into_iter().take(3).cloned().collect::<Vec<_>>()
        };
        let mut want: Vec<_> = wanted.iter().map(|(_, _, events)| best(events)).collect();
        want.sort();
        assert_eq!(sorted(&tops), want, "top of batch {number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn batch_and_running(
        input in inputs(50, 20),
        ttl in prop_oneof![Just(1u64), 1u64..100],
        key_partitions in (0u32..7).prop_map(|n| 1usize << n),
    ) {
        check_scopes(&input, ttl, key_partitions);
    }

    #[test]
    fn functions_over_windows(input in inputs(50, 30), size in 1i64..40) {
        check_functions(&input, size);
    }
}
