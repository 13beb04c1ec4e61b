//! A batch that fails leaves no trace: tried again without its fault, it does what it would have done at once.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::values;
use streaming_runtime::{PipelineError, stream_pipeline};

use super::input::{Event, Input, inputs};
use super::model::{Watermark, moments, windows};

/// The keys whose records bring a closure down: in the loop of the source, behind the running count, behind the window.
const FAULTS: [&str; 3] = ["early", "running", "window"];

stream_pipeline!(
    fn fragile(
        size: Duration,
        ever: Collected<(String, u64)>,
        windows: Collected<(String, i64, u64)>,
        late: Collected<u32>,
    ) {
        let events = memory(Vec::<Event>::new())
            .inspect(|e| assert!(e.key != FAULTS[0], "a fault in the loop"))
            .event_time(|e| e.at, max_delay = 5ms);
        let counts = events.key_by(|e| e.key.as_str()).running(unbounded).count();
        counts
            .inspect(|(key, _)| assert!(key != FAULTS[1], "a fault behind the running count"))
            .to(collect(ever));
        let in_window = events
            .key_by(|e| e.key.as_str())
            .window(tumbling(size))
            .agg((key(), window_start(), count()));
        in_window
            .inspect(|(key, _, _)| assert!(key != FAULTS[2], "a fault behind the window"))
            .to(collect(windows));
        in_window.late().map(|e| e.id).to(collect(late));
    }
);

/// A record that makes the batch fail. Where no window has to close for that, it is far ahead of its time.
fn fault(kind: usize, at: i64) -> Event {
    Event {
        id: u32::MAX,
        key: FAULTS[kind].to_owned(),
        at: if kind == 2 { at } else { at + 10_000 },
        value: 0,
    }
}

fn check(input: &Input, size: i64, faults: &[Option<usize>], key_partitions: usize) {
    let (ever, in_window, late) = (Collected::new(), Collected::new(), Collected::new());
    let millis = Duration::from_millis(size.unsigned_abs());
    let pipeline = fragile(millis, ever.clone(), in_window.clone(), late.clone());
    let mut driver = pipeline.key_partitions(key_partitions).test();
    driver.partitions("events", input.partitions);
    let moments = moments(input, &mut [Watermark::new(5, None, 0..input.partitions)]);
    let expected = windows(&moments, size, |e| e.key.clone(), |_, _| true);
    let (mut seen, mut documents) = (BTreeMap::<String, u64>::new(), 0);
    for (number, (moment, fired)) in moments.iter().zip(&expected).enumerate() {
        let batch = &input.batches[number];
        if let (Some(kind), Some(first)) = (faults[number % faults.len()], moment.events.first()) {
            for chunk in &batch.chunks {
                driver.push_to("events", chunk.partition, values(chunk.events.clone()));
            }
            driver.push_to("events", first.0, values([fault(kind, first.1.at)]));
            match driver.try_tick() {
                Err(PipelineError::Operator { panicked, .. }) => assert!(panicked),
                Err(other) => panic!("{other}"),
                // The window of the fault is still open, or was closed before: nothing failed, and nothing can be repeated.
                Ok(()) => return,
            }
            assert!(
                ever.is_empty() && in_window.is_empty() && late.is_empty(),
                "a failed batch writes nothing"
            );
        }
        input.run(&mut driver, number, |partition| ("events", partition));
        for (_, event) in &moment.events {
            *seen.entry(event.key.clone()).or_default() += 1;
        }
        let changed = seen
            .iter()
            .filter(|(key, _)| moment.events.iter().any(|(_, e)| e.key == **key));
        let changed: Vec<(String, u64)> = changed.map(|(key, n)| (key.clone(), *n)).collect();
        assert_eq!(sorted(ever.take()), changed, "running, batch {number}");
        let ripe = fired
            .windows
            .iter()
            .map(|(key, start, events)| (key.clone(), *start, events.len() as u64));
        assert_eq!(
            sorted(in_window.take()),
            sorted(ripe.collect()),
            "windows, batch {number}"
        );
        assert_eq!(
            late.take(),
            fired.late.iter().map(|e| e.id).collect::<Vec<_>>(),
            "late, batch {number}"
        );
        if moment.came || !fired.windows.is_empty() {
            let progress = driver.progress().expect("a batch");
            assert_eq!(progress.batch, documents, "a failed batch has no number");
            assert_eq!(progress.rows_in, moment.events.len() as u64, "rows of batch {number}");
            assert_eq!(progress.late, fired.late.len() as u64, "late of batch {number}");
            documents += 1;
        }
    }
}

fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_failed_batch_leaves_no_trace(
        input in inputs(50, 20),
        size in 1i64..20,
        faults in proptest::collection::vec(proptest::option::of(0usize..3), 1..6),
        key_partitions in (0u32..5).prop_map(|n| 1usize << n),
    ) {
        check(&input, size, &faults, key_partitions);
    }
}
