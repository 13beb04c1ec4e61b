//! The same pipelines on the real engine: however input falls into chunks, batches, threads and key partitions, what comes out is
//! the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use streaming_runtime::progress::BatchProgress;
use streaming_runtime::sink::Collected;
use streaming_runtime::{Graph, Pipeline, Trigger, stream_pipeline};

use super::input::{Chunk, Event, Input, inputs};
use super::model::{by_time, start};
use super::scripted::Scripted;

/// How far out of order the events of one partition are at most.
const DISORDER: i64 = 20;

/// A window: key, start, and what was in it, earliest first.
type InWindow = (String, i64, Vec<(i64, u32)>, u32, u32);

#[derive(Default, Clone)]
struct Results {
    windows: Collected<InWindow>,
    late: Collected<u32>,
    again: Collected<(i64, u64, u64)>,
    ever: Collected<(String, u64)>,
    batches: Collected<(String, i64)>,
    positive: Collected<u32>,
}

macro_rules! body {
    ($name:ident, ($($arg:ident: $ty:ty),*), $($source:tt)*) => {
        stream_pipeline!(
            fn $name($($arg: $ty,)* delay: Duration, out: Results) {
                let events = $($source)*.event_time(|e| e.at, max_delay = delay);
                let windows = events.key_by(|e| e.key.as_str()).window(tumbling(10ms)).agg((
                    key(),
                    window_start(),
                    collect(|e| (e.at, e.id)),
                    first(|e| e.id),
                    last(|e| e.id)
                ));
                windows.to(collect(out.windows));
                windows.late().map(|e| e.id).to(collect(out.late));
                let again = windows.key_by(|_| 0u8).window(tumbling(35ms)).agg((
                    window_start(),
                    count(),
                    sum(|(_, _, ids, _, _)| ids.len())
                ));
                again.to(collect(out.again));
                let ever = events.key_by(|e| e.key.as_str()).running(unbounded).count();
                ever.to(collect(out.ever));
                events.key_by(|e| e.key.as_str()).batch().sum(|e| e.value).to(collect(out.batches));
                events.filter(|e| e.value > 0).map(|e| e.id).to(collect(out.positive));
            }
        );
    };
}

body!(from_script, (script: Scripted), source(script));
body!(from_memory, (events: Vec<Event>), memory(events));
body!(from_files, (glob: &str), files(glob).json::<Event>());

/// What an engine may choose.
#[derive(Debug, Clone)]
struct Choice {
    threads: usize,
    key_partitions: usize,
    max_batch_rows: u64,
    max_batch_bytes: u64,
    max_in_flight_bytes: u64,
    trigger: Trigger,
    says_rows: bool,
}

fn choices() -> impl Strategy<Value = Choice> {
    let trigger = prop_oneof![
        Just(Trigger::AvailableNow),
        Just(Trigger::Asap),
        Just(Trigger::Interval(Duration::from_millis(1))),
    ];
    let bytes = || prop_oneof![Just(1u64), 1u64..2000, Just(1 << 20)];
    let rows = prop_oneof![1u64..20, Just(1_000_000)];
    (1usize..=4, 0u32..7, rows, bytes(), bytes(), trigger, any::<bool>()).prop_map(
        |(threads, key_bits, max_batch_rows, max_batch_bytes, max_in_flight_bytes, trigger, says_rows)| Choice {
            threads,
            key_partitions: 1 << key_bits,
            max_batch_rows,
            max_batch_bytes,
            max_in_flight_bytes,
            trigger,
            says_rows,
        },
    )
}

/// Runs to the end; returns the documents of all batches.
fn run<G: Graph>(pipeline: Pipeline<G>, choice: &Choice) -> Vec<BatchProgress> {
    let documents = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&documents);
    let summary = pipeline
        .threads(choice.threads)
        .key_partitions(choice.key_partitions)
        .max_batch_rows(choice.max_batch_rows)
        .max_batch_bytes(choice.max_batch_bytes)
        .max_in_flight_bytes(choice.max_in_flight_bytes)
        .trigger(choice.trigger)
        .handle_signals(false)
        .listener(move |batch: &BatchProgress| into.lock().unwrap().push(batch.clone()))
        .run_blocking()
        .expect("the pipeline runs");
    let documents = std::mem::take(&mut *documents.lock().unwrap());
    assert_eq!(summary.batches, documents.len() as u64);
    let numbers: Vec<u64> = documents.iter().map(|batch| batch.batch).collect();
    assert_eq!(
        numbers,
        (0..summary.batches).collect::<Vec<_>>(),
        "no gaps, nothing twice"
    );
    documents
}

/// What holds however late records were: nothing is lost, nothing counted twice.
fn conserved(events: &[(u32, Event)], out: &Results, batches: &[BatchProgress], says_rows: bool) -> Vec<InWindow> {
    let n = events.len() as u64;
    let sum = |of: fn(&BatchProgress) -> u64| batches.iter().map(of).sum::<u64>();
    let (windows, late) = (out.windows.take(), out.late.take());
    let used: u64 = windows.iter().map(|(_, _, ids, _, _)| ids.len() as u64).sum();
    assert_eq!(used + late.len() as u64, n, "every record is in one window or late");
    assert_eq!(sum(|batch| batch.late), late.len() as u64);
    if says_rows {
        assert_eq!(sum(|batch| batch.rows_in), n);
    }
    assert_eq!(
        sum(|batch| batch.operators[0].rows),
        n,
        "the source counts what it gives"
    );
    let again = out.again.take();
    assert_eq!(
        again.iter().map(|(_, windows, _)| windows).sum::<u64>(),
        windows.len() as u64
    );
    assert_eq!(again.iter().map(|(_, _, records)| records).sum::<u64>(), used);
    let mut positive = out.positive.take();
    positive.sort_unstable();
    let mut want: Vec<u32> = events.iter().filter(|(_, e)| e.value > 0).map(|(_, e)| e.id).collect();
    want.sort_unstable();
    assert_eq!(positive, want);
    let mut by_key = BTreeMap::<String, (u64, i64)>::new();
    for (_, event) in events {
        let (n, sum) = by_key.entry(event.key.clone()).or_default();
        *n += 1;
        *sum += i64::from(event.value);
    }
    let ever: BTreeMap<String, u64> = out.ever.take().into_iter().collect();
    assert_eq!(ever, by_key.iter().map(|(key, (n, _))| (key.clone(), *n)).collect());
    let mut sums = BTreeMap::<String, i64>::new();
    for (key, sum) in out.batches.take() {
        *sums.entry(key).or_default() += sum;
    }
    assert_eq!(sums, by_key.into_iter().map(|(key, (_, sum))| (key, sum)).collect());
    let end = batches.last().map(|batch| (batch.ended, batch.watermark));
    if n > 0 {
        assert_eq!(end, Some((true, Some(i64::MAX))), "the last batch closes every window");
    }
    windows
}

/// What windows hold when nothing is late.
fn model(events: &[(u32, Event)]) -> Vec<InWindow> {
    let mut open: BTreeMap<(i64, String), Vec<(u32, &Event)>> = BTreeMap::new();
    for (partition, event) in events {
        open.entry((start(event.at, 10), event.key.clone()))
            .or_default()
            .push((*partition, event));
    }
    let row = |((start, key), events): ((i64, String), Vec<(u32, &Event)>)| {
        let events = by_time(&events);
        let (first, last) = (events[0].id, events[events.len() - 1].id);
        (key, start, events.iter().map(|e| (e.at, e.id)).collect(), first, last)
    };
    let mut rows: Vec<InWindow> = open.into_iter().map(row).collect();
    rows.sort();
    rows
}

fn arrived(input: &Input) -> Vec<(u32, Event)> {
    let events = input.batches.iter().flat_map(super::input::Batch::events);
    events.map(|(partition, event)| (partition, event.clone())).collect()
}

fn check<G: Graph>(pipeline: Pipeline<G>, choice: &Choice, events: &[(u32, Event)], out: &Results) {
    let batches = run(pipeline, choice);
    let mut windows = conserved(events, out, &batches, choice.says_rows);
    windows.sort();
    assert_eq!(windows, model(events));
    assert_eq!(batches.iter().map(|batch| batch.late).sum::<u64>(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Partitions are read side by side: the slowest holds the watermark, and nothing is late.
    #[test]
    fn no_cut_changes_what_comes_out(input in inputs(120, DISORDER), choice in choices()) {
        let out = Results::default();
        let delay = Duration::from_millis(DISORDER.unsigned_abs());
        let pipeline = from_script(Scripted::new(&input, choice.says_rows), delay, out.clone());
        check(pipeline, &choice, &arrived(&input), &out);
    }

    /// What is late depends on where batches end; that nothing is lost does not.
    #[test]
    fn late_or_not_every_record_counts_once(input in inputs(120, 60), choice in choices()) {
        let out = Results::default();
        let pipeline = from_script(Scripted::new(&input, choice.says_rows), Duration::ZERO, out.clone());
        let batches = run(pipeline, &choice);
        conserved(&arrived(&input), &out, &batches, choice.says_rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_list_in_memory(input in inputs(120, DISORDER), choice in choices()) {
        let out = Results::default();
        let events: Vec<(u32, Event)> = arrived(&input).into_iter().map(|(_, event)| (0, event)).collect();
        let list = events.iter().map(|(_, event)| event.clone()).collect();
        let pipeline = from_memory(list, Duration::from_secs(10), out.clone());
        check(pipeline, &Choice { says_rows: true, ..choice }, &events, &out);
    }

    /// Files are read one after the other, each a partition.
    #[test]
    fn files_in_a_folder(input in inputs(120, DISORDER), choice in choices()) {
        let folder = tempfile::tempdir().unwrap();
        let events = arrived(&input);
        for partition in 0..input.partitions {
            let of_file = events.iter().filter(|(of, _)| *of == partition);
            let lines: String = of_file.map(|(_, event)| serde_json::to_string(event).unwrap() + "\n").collect();
            std::fs::write(folder.path().join(format!("{partition}.jsonl")), lines).unwrap();
        }
        let out = Results::default();
        let glob = format!("{}/*.jsonl", folder.path().display());
        let pipeline = from_files(&glob, Duration::from_secs(10), out.clone());
        check(pipeline, &Choice { says_rows: true, trigger: Trigger::AvailableNow, ..choice }, &events, &out);
    }
}

/// Enough keys that every close is shared out among the threads.
#[test]
fn many_keys_on_many_threads() {
    let event = |id: u32| Event {
        id,
        key: format!("key {}", id.wrapping_mul(2_654_435_761) % 9_000),
        at: i64::from(id / 1_000) - i64::from(id * 7 % 20),
        value: i32::try_from(id % 100).unwrap() - 50,
    };
    let events: Vec<Event> = (0..24_000).map(event).collect();
    let chunks = events.chunks(500).enumerate().map(|(number, events)| Chunk {
        partition: u32::try_from(number % 3).unwrap(),
        events: events.to_vec(),
    });
    let batch = super::input::Batch {
        chunks: chunks.collect(),
        ..super::input::Batch::default()
    };
    let input = Input {
        partitions: 3,
        batches: vec![batch],
    };
    for (threads, key_partitions, max_batch_rows) in [(1, 64, 30_000), (2, 8, 30_000), (4, 64, 9_000), (3, 1, 5_000)] {
        let choice = Choice {
            threads,
            key_partitions,
            max_batch_rows,
            max_batch_bytes: u64::MAX,
            max_in_flight_bytes: u64::MAX,
            trigger: Trigger::AvailableNow,
            says_rows: true,
        };
        let out = Results::default();
        let pipeline = from_script(Scripted::new(&input, true), Duration::from_millis(50), out.clone());
        check(pipeline, &choice, &arrived(&input), &out);
    }
}
