//! Closures that panic: tried again, a batch gives what it would have given without the panic; and a record that panics every time is set aside alone.
#![allow(
    clippy::too_many_lines,
    reason = "one pipeline has every place where a closure may stand"
)]

use std::collections::BTreeMap;
use std::panic;
use std::sync::{Arc, Mutex, Once};

use proptest::collection::vec;
use proptest::prelude::*;
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::json;
use streaming_runtime::{Graph, Pipeline, PipelineError, Summary, Trigger, stream_pipeline};

use super::input::inputs;
use super::scripted::Scripted;

/// How far out of order the events of one partition are at most.
const DISORDER: i64 = 20;
pub(super) const WORDS: &str = "planted here";
/// Closures of the pipeline below that may panic.
const PLACES: u8 = 16;

/// Which closures panic, for which event or key, and how many more times.
#[derive(Debug, Clone, Default)]
pub(super) struct Panics(Arc<Mutex<BTreeMap<(u8, u32), u32>>>);

impl Panics {
    pub(super) fn planted(places: impl IntoIterator<Item = (u8, u32, u32)>) -> Self {
        silence();
        let left = places.into_iter().map(|(place, id, times)| ((place, id), times));
        Self(Arc::new(Mutex::new(left.collect())))
    }

    /// A closure is called.
    pub(super) fn at(&self, place: u8, id: u32) {
        let mut left = self.0.lock().unwrap();
        let panics = match left.get_mut(&(place, id)) {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        };
        drop(left);
        assert!(!panics, "{WORDS}");
    }
}

/// Says nothing of the panics that are planted.
pub(super) fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let text = info.payload_as_str().unwrap_or_default();
            if !text.contains(WORDS) {
                before(info);
            }
        }));
    });
}

#[derive(Default, Clone)]
struct Results {
    windows: Collected<(String, i64, Vec<u32>, i32)>,
    sliding: Collected<(String, i64, u64)>,
    sessions: Collected<(String, i64, i64)>,
    again: Collected<(i64, u64)>,
    folded: Collected<(String, Vec<u32>)>,
    lowest: Collected<(String, u32)>,
    both: Collected<(String, u64)>,
    pairs: Collected<(u32, u32)>,
    by_hand: Collected<(String, u32)>,
    plain: Collected<u32>,
}

macro_rules! body {
    ($name:ident, $policy:ident) => {
        stream_pipeline!(
            fn $name(script: Scripted, panics: Panics, out: Results) {
                settings(name = "planted", on_panic = $policy);
                let events = source(script).event_time(
                    |e| {
                        panics.at(0, e.id);
                        e.at
                    },
                    max_delay = 10s,
                );
                let kept = events
                    .filter(|e| {
                        panics.at(1, e.id);
                        e.value > -40
                    })
                    .map(|e| {
                        panics.at(2, e.id);
                        e.clone()
                    });
                let keyed = kept.key_by(|e| {
                    panics.at(3, e.id);
                    e.key.clone()
                });
                let windows = keyed.window(tumbling(10ms)).agg((
                    key(),
                    window_start(),
                    collect(|e| {
                        panics.at(4, e.id);
                        e.id
                    }),
                    max(|e| e.value),
                ));
                windows
                    .inspect(|(_, start, _, _)| panics.at(5, start.unsigned_abs() as u32))
                    .to(collect(out.windows));
                let again = windows
                    .key_by(|_| 0u8)
                    .window(tumbling(35ms))
                    .agg((window_start(), count()));
                again
                    .inspect(|(start, _)| panics.at(6, start.unsigned_abs() as u32))
                    .to(collect(out.again));
                let sliding = keyed.window(sliding(20ms, every = 10ms)).count();
                sliding
                    .map(|(key, window, n)| {
                        panics.at(7, n as u32);
                        (key, window.start, n)
                    })
                    .to(collect(out.sliding));
                let sessions = keyed
                    .window(session(gap = 5ms))
                    .agg((key(), window_start(), window_end()));
                sessions.to(collect(out.sessions));
                let folded = keyed.batch().fold(Vec::new(), |mut ids, e| {
                    panics.at(8, e.id);
                    ids.push(e.id);
                    ids
                });
                folded.to(collect(out.folded));
                let lowest = keyed.running(unbounded).reduce(|a, b| {
                    panics.at(9, a.id.min(b.id));
                    if a.id < b.id { a } else { b }
                });
                let first = lowest.map(|(key, e)| (key, e.id));
                first.to(collect(out.lowest));
                let counts = keyed.running(unbounded).count();
                let both = union(
                    counts,
                    first.map(|(key, id)| {
                        panics.at(10, id);
                        (key, u64::from(id))
                    }),
                );
                both.filter(|(_, n)| {
                    panics.at(11, *n as u32);
                    true
                })
                .to(collect(out.both));
                let pairs = kept
                    .join(kept)
                    .on(
                        |a| {
                            panics.at(12, a.id);
                            a.key.clone()
                        },
                        |b| b.key.clone(),
                    )
                    .within(0ms..=8ms);
                pairs
                    .map(|(a, b)| {
                        panics.at(13, b.id);
                        (a.id, b.id)
                    })
                    .to(collect(out.pairs));
                let by_hand = keyed
                    .state::<u32>(unbounded)
                    .on_event(|n, e, cx| {
                        panics.at(14, e.id);
                        *n += 1;
                        cx.set_timer(1_000_000);
                    })
                    .on_timer(|n, cx| {
                        panics.at(15, *n);
                        cx.emit((cx.key().clone(), *n));
                    });
                by_hand.to(collect(out.by_hand));
                events.map(|e| e.id).to(collect(out.plain));
            }
        );
    };
}

body!(planted, fail);
body!(skipping, skip);

/// Everything that came out, in an order of its own. Of what a batch gives, only what does not depend on where batches end.
type Everything = (
    Vec<(String, i64, Vec<u32>, i32)>,
    Vec<(String, i64, u64)>,
    Vec<(String, i64, i64)>,
    Vec<(i64, u64)>,
    BTreeMap<String, Vec<u32>>,
    BTreeMap<String, u32>,
    Vec<(u32, u32)>,
    BTreeMap<String, u32>,
    Vec<u32>,
);

fn sorted<T: Ord + Clone>(collected: &Collected<T>) -> Vec<T> {
    let mut all = collected.take();
    all.sort();
    all
}

fn everything(out: &Results) -> Everything {
    let mut windows = sorted(&out.windows);
    for (_, _, ids, _) in &mut windows {
        ids.sort_unstable();
    }
    let mut folded = BTreeMap::<String, Vec<u32>>::new();
    for (key, ids) in out.folded.take() {
        folded.entry(key).or_default().extend(ids);
    }
    for ids in folded.values_mut() {
        ids.sort_unstable();
    }
    let lowest = out
        .lowest
        .take()
        .into_iter()
        .fold(BTreeMap::new(), |mut all, (key, id)| {
            let lowest = all.entry(key).or_insert(id);
            *lowest = id.min(*lowest);
            all
        });
    // A timer in the past fires when its batch closes: how far the count is by then depends on where
    // batches end, but not the last one.
    let by_hand: BTreeMap<String, u32> = sorted(&out.by_hand).into_iter().collect();
    (
        windows,
        sorted(&out.sliding),
        sorted(&out.sessions),
        sorted(&out.again),
        folded,
        lowest,
        sorted(&out.pairs),
        by_hand,
        sorted(&out.plain),
    )
}

#[derive(Debug, Clone)]
struct Choice {
    threads: usize,
    max_batch_rows: u64,
    trigger: Trigger,
}

fn choices() -> impl Strategy<Value = Choice> {
    let rows = prop_oneof![1u64..40, Just(1_000_000)];
    let trigger = prop_oneof![Just(Trigger::AvailableNow), Just(Trigger::Asap)];
    (1usize..=4, rows, trigger).prop_map(|(threads, max_batch_rows, trigger)| Choice {
        threads,
        max_batch_rows,
        trigger,
    })
}

fn run<G: Graph>(pipeline: Pipeline<G>, choice: &Choice) -> Result<Summary, PipelineError> {
    let pipeline = pipeline.threads(choice.threads).max_batch_rows(choice.max_batch_rows);
    pipeline.trigger(choice.trigger).handle_signals(false).run_blocking()
}

fn conserved(summary: &Summary) -> bool {
    summary.rows_in == summary.used + summary.filtered + summary.late + summary.skipped + summary.dead_lettered
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn a_panic_that_passes_leaves_no_trace(
        input in inputs(120, DISORDER),
        choice in choices(),
        planted_at in vec((0..PLACES, 0u32..130, 1u32..4), 0..12),
    ) {
        let [expect, found] = [Results::default(), Results::default()];
        let without = run(planted(Scripted::new(&input, true), Panics::default(), expect.clone()), &choice).unwrap();
        let tries = 1 + planted_at.iter().map(|(_, _, times)| times).sum::<u32>();
        let pipeline = planted(Scripted::new(&input, true), Panics::planted(planted_at), found.clone());
        let with = run(pipeline.task_tries(tries), &choice).unwrap();
        prop_assert_eq!(everything(&found), everything(&expect));
        prop_assert!(conserved(&with), "{:?}", with);
        let fates = |of: &Summary| (of.rows_in, of.used, of.filtered, of.late, of.skipped, of.state_rows);
        prop_assert_eq!(fates(&with), fates(&without));
    }

    /// A record over which a closure of the source's loop panics every time is gone, wherever it would have gone, and nothing else is.
    #[test]
    fn a_record_that_panics_every_time_is_skipped_alone(
        input in inputs(120, DISORDER),
        choice in choices(),
        poisoned in vec((0u8..5, 0u32..130), 0..8),
        passing in vec((0..PLACES, 0u32..130), 0..3),
    ) {
        let poisoned: BTreeMap<u32, u8> = poisoned.into_iter().map(|(place, id)| (id, place)).collect();
        let goes = |id: u32, value: i32| match poisoned.get(&id) {
            // What is filtered out reaches no closure behind the filter.
            Some(place) => *place < 2 || value > -40,
            None => false,
        };
        let mut without = input.clone();
        for chunk in without.batches.iter_mut().flat_map(|batch| &mut batch.chunks) {
            chunk.events.retain(|event| !goes(event.id, event.value));
        }
        let skipped = input.events().filter(|event| goes(event.id, event.value)).count() as u64;
        let [expect, found] = [Results::default(), Results::default()];
        let clean = run(planted(Scripted::new(&without, true), Panics::default(), expect.clone()), &choice).unwrap();
        let always = poisoned.iter().map(|(id, place)| (*place, *id, u32::MAX));
        let once = passing.into_iter().filter(|(place, id)| poisoned.get(id) != Some(place));
        let panics = Panics::planted(always.chain(once.map(|(place, id)| (place, id, 1))));
        let pipeline = skipping(Scripted::new(&input, true), panics, found.clone());
        let summary = run(pipeline.task_tries(4), &choice).unwrap();
        prop_assert_eq!(everything(&found), everything(&expect));
        prop_assert!(conserved(&summary), "{:?}", summary);
        prop_assert_eq!((summary.skipped, summary.errors), (skipped, skipped));
        prop_assert_eq!((summary.used, summary.filtered), (clean.used, clean.filtered));
    }
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Number {
    pub(super) n: i64,
}

stream_pipeline!(
    fn halves(panics: Panics) {
        settings(on_panic = dead_letter);
        let numbers = stdin().json::<Number>().on_error(dead_letter(files("unused").jsonl()));
        let halves = numbers.map(|number| {
            panics.at(0, number.n as u32);
            100 / number.n
        });
        let counts = halves.key_by(|half| half % 2).running(unbounded).count();
        counts.print();
    }
);

#[test]
fn a_record_that_panics_every_time_is_a_dead_letter() {
    silence();
    let mut driver = halves(Panics::planted([(0, 5, 2)])).test();
    driver.push("numbers", json([1, 2, 5].map(|n| Number { n })));
    driver.push("numbers", json([4, 0, 10].map(|n| Number { n })));
    driver.push("numbers", "nonsense");
    driver.finish();
    let counts = driver.take_output("counts.print").sorted();
    assert_eq!(counts, ["(0, 4)", "(1, 1)"], "100, 50, 20, 25 and 10");
    let letters = driver.take_output("numbers.errors.files").text();
    assert_eq!(letters.len(), 2, "{letters:?}");
    let letter = letters
        .iter()
        .find(|letter| letter.contains("panicked"))
        .expect("a letter");
    let why = "`halves` (map, line ";
    assert!(letter.contains(why), "{letter}");
    assert!(
        letter.contains("panicked: attempt to divide by zero (try 3 of 3)"),
        "{letter}"
    );
    assert!(
        letter.contains(r#""offset":"#) && letter.contains(r#"{\"n\":0}"#),
        "{letter}"
    );
    let progress = driver.progress().unwrap();
    let totals = progress.totals;
    assert_eq!(
        (totals.rows_in, totals.used, totals.dead_lettered, totals.skipped),
        (7, 5, 2, 0)
    );
    let errors = |kind: &str| {
        progress
            .operators
            .iter()
            .find(|operator| operator.kind == kind)
            .unwrap()
            .errors
    };
    assert_eq!((errors("map"), errors("json")), (1, 1));
}

#[test]
fn a_panic_that_does_not_pass_ends_the_pipeline_after_its_tries() {
    silence();
    for (tries, suffix) in [(1, ""), (2, " (try 2 of 2)"), (3, " (try 3 of 3)")] {
        let calls = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&calls);
        let pipeline = stream_pipeline!({
            settings(trigger = available_now, task_tries = tries);
            let numbers = memory([1_u32, 2, 3]).inspect(|n| {
                if **n == 2 {
                    *counted.lock().unwrap() += 1;
                    panic!("{WORDS}");
                }
            });
            numbers.print();
        });
        let error = pipeline.run_blocking().unwrap_err();
        let text = error.to_string();
        assert!(
            text.ends_with(&format!("panicked at memory, offset 1: {WORDS}{suffix}")),
            "{text}"
        );
        assert!(!error.is_retryable());
        assert_eq!(*calls.lock().unwrap(), tries);
    }
}

#[test]
fn a_panic_behind_an_exchange_is_tried_again_and_then_ends_the_pipeline() {
    silence();
    for times in [2, 3] {
        let panics = Panics::planted([(0, 1, times)]);
        let found = Collected::new();
        let (of_both, out) = (panics.clone(), found.clone());
        let pipeline = stream_pipeline!({
            settings(trigger = available_now);
            let numbers = memory([1_u32, 2, 3]);
            let sums = numbers.key_by(|_| 0u8).running(unbounded).fold(0, |sum, n| {
                of_both.at(0, n);
                sum + n
            });
            sums.to(collect(out));
        });
        let result = pipeline.run_blocking();
        if times < 3 {
            assert_eq!(result.unwrap().used, 3);
            assert_eq!(found.take(), [(0, 6)]);
        } else {
            let text = result.unwrap_err().to_string();
            assert!(text.ends_with(&format!("{WORDS} (try 3 of 3)")), "{text}");
            assert!(text.contains("in key partition"), "{text}");
            assert!(found.is_empty());
        }
    }
}
