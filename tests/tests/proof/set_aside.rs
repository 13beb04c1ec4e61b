//! The limits of setting records aside: a panic that cannot be blamed on a record that is worked on
//! ends the pipeline after its tries.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use streaming_runtime::sink::Collected;
use streaming_runtime::source::{Event, Fetched, Meta, Open, Payloads, Records, Slice, Source, SourceError, replay};
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::json;

use super::panics::{Number, Panics, WORDS, silence};

/// Gives one chunk.
struct Once<C>(Option<C>);

impl<C: Send + Sync + 'static> Source for Once<C> {
    type Chunk = C;
    type Position = u64;
    type Replay = replay::Replayable;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<C, u64>, SourceError> {
        Ok(match self.0.take() {
            None => Event::Ended,
            Some(chunk) => Event::Chunk(Fetched {
                partition: 0,
                rows: 0,
                bytes: 0,
                next: 1,
                lag: None,
                chunk,
            }),
        })
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Three records; before each the source may panic.
#[derive(Clone)]
struct Trap(Panics);

struct Nothing;

impl Meta for Nothing {
    fn place(&self) -> Cow<'_, str> {
        "trap".into()
    }
    fn offset(&self) -> u64 {
        0
    }
}

impl Records for Trap {
    type Record<'c> = u32;
    type Meta<'c> = Nothing;
    fn records(&self) -> impl Iterator<Item = (Nothing, u32)> {
        (0..3).map(|n| {
            self.0.at(0, n);
            (Nothing, n)
        })
    }
}

impl Payloads for Trap {
    type Meta<'c> = Nothing;
    fn payloads(&self) -> impl Iterator<Item = (Nothing, &[u8])> {
        self.records().map(|(meta, _)| (meta, &b"text"[..]))
    }
}

#[test]
fn a_source_that_panics_while_it_hands_out_records_loses_none() {
    silence();
    let why = "planted here (the source panicked over no record, while it handed out those of the chunk that begins \
               there) (try 3 of 3)";
    for at in 0..3 {
        for times in [2, 3] {
            let out = Collected::new();
            let (trap, found) = (Once(Some(Trap(Panics::planted([(0, at, times)])))), out.clone());
            let records = stream_pipeline!({
                settings(trigger = available_now, on_panic = skip);
                let numbers = source(trap);
                numbers.to(collect(found));
            });
            let result = records.run_blocking();
            if times < 3 {
                let summary = result.unwrap();
                assert_eq!((summary.used, summary.skipped), (3, 0));
                assert_eq!(out.take(), [0, 1, 2]);
            } else {
                let text = result.unwrap_err().to_string();
                assert!(text.ends_with(why) && text.contains("numbers"), "{text}");
                assert!(out.is_empty());
            }
        }
        let trap = Once(Some(Trap(Panics::planted([(0, at, 3)]))));
        let payloads = stream_pipeline!({
            settings(trigger = available_now, on_panic = skip);
            let texts = source(trap).lines();
            texts.print();
        });
        let text = payloads.run_blocking().unwrap_err().to_string();
        assert!(text.ends_with(why), "{text}");
    }
}

/// Three payloads; panics when it is asked for them once more in the same try.
struct Twice(AtomicU32);

impl Payloads for Twice {
    type Meta<'c> = Nothing;
    fn payloads(&self) -> impl Iterator<Item = (Nothing, &[u8])> {
        let asked = self.0.fetch_add(1, Ordering::Relaxed);
        assert!(asked.is_multiple_of(2), "{WORDS}");
        (0..3).map(|_| (Nothing, &b"text"[..]))
    }
}

#[test]
fn a_panic_before_the_loop_of_the_second_decoder_is_over_no_record() {
    silence();
    let twice = Once(Some(Twice(AtomicU32::new(0))));
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, on_panic = skip);
        let input = source(twice);
        let one = input.lines();
        one.print();
        let other = input.lines();
        other.print();
    });
    let text = pipeline.run_blocking().unwrap_err().to_string();
    assert!(
        text.contains("offset 0") && text.contains("(the source panicked over no record"),
        "{text}"
    );
}

#[test]
fn a_dead_letter_that_panics_every_time_ends_the_pipeline() {
    silence();
    for times in [2, 3] {
        let panics = Panics::planted([(0, 0, times)]);
        let mut driver = stream_pipeline!({
            settings(on_panic = dead_letter);
            let numbers = stdin().json::<Number>();
            let halves = numbers.map(|number| 100 / number.n);
            halves.print();
            let letters = numbers.errors().map(|_| {
                panics.at(0, 0);
                "a letter"
            });
            letters.print();
        })
        .test();
        driver.push("numbers", json([2, 0, 5].map(|n| Number { n })));
        let result = driver.try_finish();
        if times < 3 {
            result.unwrap();
            assert_eq!(driver.output("letters.print").text(), ["a letter"]);
            assert_eq!(driver.output("halves.print").text(), ["50", "20"]);
        } else {
            let text = result.unwrap_err().to_string();
            assert!(text.contains("`letters`"), "{text}");
            assert!(
                text.contains("planted here (the record is set aside already") && text.ends_with("(try 3 of 3)"),
                "{text}"
            );
        }
    }
}

/// The `errors` of each operator that has any, by kind.
fn errors(progress: &streaming_runtime::progress::BatchProgress) -> Vec<(&str, u64)> {
    let operators = progress
        .operators
        .iter()
        .map(|operator| (&*operator.kind, operator.errors));
    operators.filter(|(_, errors)| *errors > 0).collect()
}

#[test]
fn a_record_that_two_decoders_read_is_one_error() {
    silence();
    let mut driver = stream_pipeline!({
        settings(on_panic = skip);
        let input = stdin();
        let halves = input.json::<Number>().map(|number| 100 / number.n);
        halves.print();
        let plain = input.json::<Number>().map(|number| number.n);
        plain.print();
    })
    .test();
    driver.push("input", json([2, 0, 5].map(|n| Number { n })));
    driver.finish();
    assert_eq!(driver.output("halves.print").text(), ["50", "20"]);
    assert_eq!(driver.output("plain.print").text(), ["2", "5"]);
    let progress = driver.progress().unwrap();
    assert_eq!(errors(progress), [("map", 1)]);
    assert_eq!((progress.totals.skipped, progress.totals.errors), (1, 1));

    let mut driver = stream_pipeline!({
        settings(on_panic = dead_letter);
        let input = stdin();
        let first = input.json::<Number>();
        first.map(|number| 100 / number.n).print();
        let one = first.errors().map(|letter| letter.payload.len());
        one.print();
        let second = input.json::<Number>();
        second.map(|number| number.n).print();
        let other = second.errors().map(|letter| letter.payload.len());
        other.print();
    })
    .test();
    driver.push("input", json([2, 0, 5].map(|n| Number { n })));
    driver.finish();
    for letters in ["one.print", "other.print"] {
        assert_eq!(driver.output(letters).text(), ["7"], "a letter for each decoder");
    }
    let progress = driver.progress().unwrap();
    assert_eq!(errors(progress), [("map", 1)]);
    assert_eq!((progress.totals.dead_lettered, progress.totals.errors), (1, 1));
}

#[test]
fn a_thousand_records_of_a_chunk_are_set_aside_and_no_more() {
    silence();
    for bad in [1_000_u32, 1_001] {
        let pipeline = stream_pipeline!({
            settings(trigger = available_now, on_panic = skip, task_tries = 1);
            let numbers = memory((0..1_500).collect::<Vec<u32>>());
            numbers.inspect(|n| assert!(**n >= bad, "{WORDS}")).print();
        });
        let result = pipeline.run_blocking();
        if bad <= 1_000 {
            let summary = result.unwrap();
            assert_eq!((summary.skipped, summary.used), (1_000, 500));
        } else {
            let text = result.unwrap_err().to_string();
            assert!(
                text.contains("offset 1000") && text.contains("more than 1000 records of one chunk"),
                "{text}"
            );
        }
    }
}

/// Panics when it is dropped, and says so before.
struct Bomb(u32, Sender<u32>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.1.send(self.0).unwrap();
        assert!(self.0 != 1, "{WORDS}");
    }
}

#[test]
fn a_record_that_panics_when_it_is_dropped_harms_nobody() {
    silence();
    let (sender, dropped) = channel();
    let bombs = || {
        let bombs = (0..3).map(|n| Bomb(n, sender.clone())).collect();
        Once(Some(Slice::new("bombs", 0, bombs)))
    };
    let all_dropped = || {
        let numbers = (0..3).map(|_| dropped.recv_timeout(Duration::from_mins(1)).unwrap());
        assert_eq!(numbers.collect::<Vec<_>>(), [0, 1, 2]);
    };
    let [plain, keyed, fails] = [bombs(), bombs(), bombs()];
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = source(plain).map(|bomb| bomb.0);
        numbers.print();
    });
    assert_eq!(pipeline.run_blocking().unwrap().used, 3);
    all_dropped();
    let out = Collected::new();
    let found = out.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let counts = source(keyed).key_by(|_| 0u8).running(unbounded).count();
        counts.to(collect(found));
    });
    assert_eq!(pipeline.run_blocking().unwrap().used, 3);
    assert_eq!(out.take(), [(0, 3)]);
    all_dropped();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = source(fails).inspect(|bomb| assert!(bomb.0 < 2, "{WORDS}: it stays"));
        numbers.map(|bomb| bomb.0).print();
    });
    let text = pipeline.run_blocking().unwrap_err().to_string();
    assert!(text.ends_with("it stays (try 3 of 3)"), "{text}");
    all_dropped();
}
