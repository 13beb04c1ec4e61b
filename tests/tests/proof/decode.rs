//! Input that cannot be decoded: skipped, kept as dead letters, or read as a stream. Nothing is lost and nothing counted twice.

use proptest::prelude::*;
use streaming_runtime::decode::DeadLetter;
use streaming_runtime::progress::BatchProgress;
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::{Driver, Rows};
use streaming_runtime::{Graph, PipelineError, stream_pipeline};

use super::input::{Event, Input, inputs};
use super::model::{Fired, Watermark, moments, windows};

type Counts = Collected<(String, i64, u64)>;

stream_pipeline!(
    fn skipping(counts: Counts, late: Collected<u32>) {
        let events = stdin().json::<Event>().on_error(skip);
        let kept = events.filter(|e| e.value > -20).event_time(|e| e.at, max_delay = 3ms);
        let windows = kept
            .key_by(|e| e.key.as_str())
            .window(tumbling(10ms))
            .agg((key(), window_start(), count()));
        windows.to(collect(counts));
        windows.late().map(|e| e.id).to(collect(late));
    }
);

stream_pipeline!(
    fn lettered(counts: Counts, late: Collected<u32>, letters: Collected<DeadLetter<'static>>) {
        let events = stdin().json::<Event>().on_error(dead_letter(collect(letters)));
        let kept = events.filter(|e| e.value > -20).event_time(|e| e.at, max_delay = 3ms);
        let windows = kept
            .key_by(|e| e.key.as_str())
            .window(tumbling(10ms))
            .agg((key(), window_start(), count()));
        windows.to(collect(counts));
        windows.late().map(|e| e.id).to(collect(late));
    }
);

stream_pipeline!(
    fn reading_errors(counts: Counts, late: Collected<u32>, errors: Collected<String>) {
        let events = stdin().json::<Event>();
        events
            .errors()
            .map(|letter| String::from_utf8_lossy(&letter.payload).into_owned())
            .to(collect(errors));
        let kept = events.filter(|e| e.value > -20).event_time(|e| e.at, max_delay = 3ms);
        let windows = kept
            .key_by(|e| e.key.as_str())
            .window(tumbling(10ms))
            .agg((key(), window_start(), count()));
        windows.to(collect(counts));
        windows.late().map(|e| e.id).to(collect(late));
    }
);

/// Some events are cut off in the middle of their JSON.
fn is_broken(event: &Event) -> bool {
    event.id % 5 == 3
}

fn text(event: &Event) -> String {
    let mut text = serde_json::to_string(event).expect("an event is JSON");
    if is_broken(event) {
        text.truncate(text.len() / 2);
    }
    text
}

fn rows(events: &[Event]) -> Rows {
    events.iter().map(text).collect::<Vec<_>>().into()
}

/// What every pipeline here must do in one batch.
struct Expected<'i> {
    rows: u64,
    broken: Vec<&'i Event>,
    kept: u64,
    fired: Fired<'i>,
}

fn expected(input: &Input) -> Vec<Expected<'_>> {
    let good = |event: &Event| !is_broken(event) && event.value > -20;
    // A record that goes no further moves no watermark.
    let mut seen = input.clone();
    for chunk in seen.batches.iter_mut().flat_map(|batch| &mut batch.chunks) {
        chunk.events.retain(good);
    }
    let times = moments(&seen, &mut [Watermark::new(3, None, 0..input.partitions)]);
    let mut all = moments(input, &mut []);
    for (moment, time) in all.iter_mut().zip(&times) {
        (moment.before, moment.after) = (time.before, time.after);
    }
    let fired = windows(&all, 10, |e| e.key.clone(), |_, e| good(e));
    all.iter()
        .zip(fired)
        .map(|(moment, fired)| Expected {
            rows: moment.events.len() as u64,
            broken: moment.events.iter().map(|(_, e)| *e).filter(|e| is_broken(e)).collect(),
            kept: moment.events.iter().filter(|(_, e)| good(e)).count() as u64,
            fired,
        })
        .collect()
}

/// Runs an input and checks what all three pipelines have in common; `more` checks the rest after each batch.
fn check<G: Graph>(
    input: &Input,
    mut driver: Driver<G>,
    counts: &Counts,
    late: &Collected<u32>,
    more: impl Fn(&Expected<'_>, &BatchProgress),
) {
    driver.partitions("events", input.partitions);
    let (mut rows_in, mut accounted) = (0, 0);
    for (number, expected) in expected(input).iter().enumerate() {
        input.run_as(&mut driver, number, |partition| ("events", partition), rows);
        let mut got = counts.take();
        got.sort();
        let mut want: Vec<(String, i64, u64)> = expected
            .fired
            .windows
            .iter()
            .map(|(key, from, events)| (key.clone(), *from, events.len() as u64))
            .collect();
        want.sort();
        assert_eq!(got, want, "batch {number}");
        assert_eq!(
            late.take(),
            expected.fired.late.iter().map(|e| e.id).collect::<Vec<_>>(),
            "late in batch {number}"
        );
        accounted += got.iter().map(|(_, _, n)| n).sum::<u64>();
        if input.batches[number].chunks.is_empty() {
            continue;
        }
        let progress = driver.progress().expect("a batch");
        let operator = |name: &str, kind: &str| {
            let found = progress.operators.iter().find(|o| o.name == name && o.kind == kind);
            found.unwrap_or_else(|| panic!("no `{name}` ({kind}) in {:#?}", progress.operators))
        };
        let broken = expected.broken.len() as u64;
        assert_eq!(progress.rows_in, expected.rows);
        assert_eq!(progress.errors, broken);
        assert_eq!(operator("events", "json").rows, expected.rows - broken);
        assert_eq!(operator("events", "json").errors, broken);
        assert_eq!(operator("kept.filter", "filter").rows, expected.kept);
        assert_eq!(progress.late, expected.fired.late.len() as u64);
        more(expected, progress);
        rows_in += progress.rows_in;
        accounted += progress.errors + progress.late + (expected.rows - broken - expected.kept);
    }
    assert_eq!(rows_in, accounted, "read = used + filtered + late + broken");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn skipped_records_are_counted(input in inputs(50, 20)) {
        let (counts, late) = (Collected::new(), Collected::new());
        let driver = skipping(counts.clone(), late.clone()).test();
        check(&input, driver, &counts, &late, |expected, progress| {
            assert_eq!(progress.skipped, expected.broken.len() as u64);
        });
    }

    #[test]
    fn dead_letters_hold_what_was_read(input in inputs(50, 20)) {
        let (counts, late, letters) = (Collected::new(), Collected::new(), Collected::new());
        let driver = lettered(counts.clone(), late.clone(), letters.clone()).test();
        check(&input, driver, &counts, &late, |expected, progress| {
            let got: Vec<String> = letters.take().iter().map(|l| String::from_utf8_lossy(&l.payload).into_owned()).collect();
            assert_eq!(got, expected.broken.iter().map(|e| text(e)).collect::<Vec<_>>());
            assert_eq!(progress.skipped, 0);
        });
    }

    #[test]
    fn errors_are_a_stream(input in inputs(50, 20)) {
        let (counts, late, errors) = (Collected::new(), Collected::new(), Collected::new());
        let driver = reading_errors(counts.clone(), late.clone(), errors.clone()).test();
        check(&input, driver, &counts, &late, |expected, progress| {
            assert_eq!(errors.take(), expected.broken.iter().map(|e| text(e)).collect::<Vec<_>>());
            assert_eq!(progress.skipped, 0);
        });
    }
}

stream_pipeline!(
    fn strict(counts: Collected<(String, u64)>) {
        let events = stdin().json::<Event>();
        events.key_by(|e| e.key.as_str()).batch().count().to(collect(counts));
    }
);

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Where nothing is said, the first record that cannot be decoded ends the run, and its batch writes nothing.
    #[test]
    fn a_batch_with_a_broken_record_writes_nothing(input in inputs(30, 20)) {
        let counts = Collected::new();
        let mut driver = strict(counts.clone()).test();
        for batch in &input.batches {
            for chunk in &batch.chunks {
                driver.push_to("events", chunk.partition, rows(&chunk.events));
            }
            let broken = batch.events().any(|(_, event)| is_broken(event));
            match driver.try_tick() {
                Ok(()) => {
                    prop_assert!(!broken);
                    prop_assert_eq!(counts.take().iter().map(|(_, n)| n).sum::<u64>(), batch.events().count() as u64);
                }
                Err(PipelineError::Operator { kind, panicked, .. }) => {
                    prop_assert!(broken && !panicked);
                    prop_assert_eq!(kind, "json");
                    prop_assert!(counts.is_empty());
                    break;
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}
