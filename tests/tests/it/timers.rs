//! Timers of state by hand: how batches are cut does not show, and none is lost.

use std::time::Duration;

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::values;

const MINUTE: i64 = 60_000;

/// Runs a bounded pipeline, which brings all in one batch, and gives what it has collected.
macro_rules! at_once {
    ($rows:ident, $pipeline:expr) => {{
        let $rows = Collected::new();
        let collected = $rows.clone();
        let summary = $pipeline
            .trigger(streaming_runtime::Trigger::AvailableNow)
            .run_blocking()
            .expect("it ends");
        assert_eq!(summary.batches, 1, "the batches of a bounded run are large");
        collected.take()
    }};
}

/// What guards against a timer that sets itself for ever knows nothing of timers that end by themselves.
#[test]
fn as_many_timers_fire_between_records_as_are_set() {
    let minutes: Vec<i64> = (0..=100_000).map(|n| n * MINUTE).collect();
    let fired = at_once!(
        rows,
        stream_pipeline!({
            let records = memory(minutes).event_time(|at| *at, max_delay = 0s);
            let fired = records
                .key_by(|_| 0)
                .state::<()>(unbounded)
                .on_event(|(), at, cx| cx.set_timer(at + MINUTE / 2))
                .on_timer(|(), cx| cx.emit(cx.time()));
            fired.to(collect(rows));
        })
    );
    assert_eq!(fired.len(), 100_001);
    assert_eq!(fired.last(), Some(&(100_000 * MINUTE + MINUTE / 2)));
}

stream_pipeline!(
    /// A timer that sets itself anew, every second until the sources end.
    fn every_second(ticks: Collected<(i64, i64)>) {
        let records = memory(Vec::<i64>::new()).event_time(|at| *at, max_delay = 0s);
        let fired = records
            .key_by(|_| 0)
            .state::<u32>(unbounded)
            .on_event(|seen, at, cx| {
                *seen += 1;
                if *seen == 1 {
                    cx.set_timer(at + 1_000);
                }
            })
            .on_timer(|_, cx| {
                assert!(cx.time() <= cx.watermark());
                cx.emit((cx.time(), cx.event_time()));
                if cx.watermark() < i64::MAX {
                    cx.set_timer(cx.time() + 1_000);
                }
            });
        fired.to(collect(ticks));
    }
);

#[test]
fn a_timer_that_looks_at_the_watermark_does_not_see_how_batches_are_cut() {
    let ticks = |batches: &[&[i64]]| {
        let ticks = Collected::new();
        let mut driver = every_second(ticks.clone()).test();
        let (last, before) = batches.split_last().expect("a batch");
        for batch in before {
            driver.push("records", values(batch.to_vec()));
            driver.tick();
        }
        driver.push("records", values(last.to_vec()));
        driver.finish();
        ticks.take()
    };
    let every: Vec<(i64, i64)> = (1..=11).map(|n| (n * 1_000, n * 1_000)).collect();
    assert_eq!(ticks(&[&[0], &[10_000], &[]]), every);
    assert_eq!(ticks(&[&[0], &[10_000]]), every);
    assert_eq!(ticks(&[&[0, 10_000]]), every);
    // A record that is late does not hide those that come, and the end is after it as well.
    assert_eq!(ticks(&[&[0, 2_500], &[500, 10_000, 1_000]]), every);
}

/// No batch comes after the end: what a timer sets into its past fires with the last one.
#[test]
fn the_end_fires_what_waits_for_the_next_batch() {
    let fired = at_once!(
        rows,
        stream_pipeline!({
            let records = memory(vec![1_000i64]).event_time(|at| *at, max_delay = 0s);
            let fired = records
                .key_by(|_| 0)
                .state::<u32>(unbounded)
                .on_event(|_, at, cx| cx.set_timer(at + 500))
                .on_timer(|fired, cx| {
                    *fired += 1;
                    cx.emit((cx.id(), cx.time()));
                    if *fired == 1 {
                        cx.timer(1).set(cx.time());
                        cx.timer(2).set(cx.time());
                        cx.timer(2).cancel();
                    }
                });
            fired.to(collect(rows));
        })
    );
    assert_eq!(fired, [(0, 1_500), (1, 1_500)]);
}

/// What fires a batch later than its time is not late for a window downstream.
#[test]
fn rows_of_a_timer_that_waited_are_not_late() {
    let counts = Collected::new();
    let out = counts.clone();
    let pipeline = stream_pipeline!({
        let records = memory(Vec::<i64>::new()).event_time(|at| *at, max_delay = 0s);
        let fired = records
            .key_by(|_| 0)
            .state::<u32>(unbounded)
            .on_event(|_, at, cx| {
                if at == 0 {
                    cx.set_timer(10);
                }
            })
            .on_timer(|fired, cx| {
                *fired += 1;
                cx.emit((cx.id(), cx.time(), cx.event_time()));
                if *fired == 1 {
                    cx.timer(1).set(cx.time());
                }
            });
        let windows = fired
            .key_by(|row| *row)
            .window(tumbling(1ms))
            .agg((key(), window_start(), count()));
        windows.to(collect(out));
    });
    let mut driver = pipeline.test();
    driver.push("records", values([0i64, 1_000]));
    driver.tick();
    assert_eq!(counts.take(), [((0, 10, 10), 10, 1)]);
    driver.push("records", values([1_000i64]));
    driver.finish();
    assert_eq!(counts.take(), [((1, 10, 1_000), 1_000, 1)]);
    assert_eq!(driver.progress().expect("a batch").late, 0);
}

/// Timers of several keys that fire before their records are in the order of the records, however keys are spread.
#[test]
fn rows_of_timers_of_several_keys_do_not_tie() {
    for key_partitions in [1, 4, 16] {
        let all = Collected::new();
        let out = all.clone();
        let pipeline = stream_pipeline!({
            let records = memory(Vec::<(i64, i64)>::new()).event_time(|record| record.1, max_delay = 0s);
            let fired = records
                .key_by(|record| record.0)
                .state::<()>(unbounded)
                .on_event(|(), record, cx| {
                    if record.1 == 0 {
                        cx.set_timer(10);
                    }
                })
                .on_timer(|(), cx| cx.emit(*cx.key()));
            let in_order = fired
                .key_by(|_| ())
                .running(unbounded)
                .fold(Vec::new(), |mut all, key| {
                    all.push(key);
                    all
                });
            in_order.to(collect(out));
        });
        let mut driver = pipeline.key_partitions(key_partitions).test();
        driver.push("records", values((0..40i64).map(|key| (key, 0i64))));
        driver.tick();
        driver.push("records", values((0..40i64).rev().map(|key| (key, 100i64))));
        driver.tick();
        let all = all.take().pop().expect("a list").1;
        assert_eq!(all, (0..40).rev().collect::<Vec<i64>>(), "{key_partitions}");
    }
}

/// With `trigger = asap` a batch closes when input comes, and also when a timer is due.
#[test]
fn timers_fire_while_the_input_is_quiet() {
    let place = tempfile::tempdir().expect("a directory");
    std::fs::write(place.path().join("a.txt"), "ann\n").expect("written");
    let pattern = place.path().join("*.txt").display().to_string();
    let (fired, heard) = std::sync::mpsc::channel();
    let running = {
        let pipeline = stream_pipeline!({
            let words = files(pattern).lines();
            let fired = words
                .key_by(|word| *word)
                .state::<u32>(ttl = 1h)
                .on_event(|_, _, cx| cx.set_batch_timer(cx.batch_time() + 20))
                .on_timer(|n, cx| {
                    *n += 1;
                    // The second one is due already: it waits for the next batch.
                    if *n == 1 {
                        cx.batch_timer(1).set(cx.time());
                    }
                    fired.send((cx.id(), cx.batch_time() >= cx.time())).expect("heard");
                    cx.emit(*n);
                });
            fired.to(collect(Collected::new()));
        });
        pipeline.trigger(streaming_runtime::Trigger::Asap).start()
    };
    let next = || heard.recv_timeout(Duration::from_mins(1));
    assert_eq!((next(), next()), (Ok((0, true)), Ok((1, true))));
    running.stop();
    running.join().expect("it stops");
}

/// The same for a timer by event time that waits for the next batch.
#[test]
fn what_waits_for_the_next_batch_does_not_wait_for_input() {
    let place = tempfile::tempdir().expect("a directory");
    std::fs::write(place.path().join("a.txt"), "1000\n").expect("written");
    let pattern = place.path().join("*.txt").display().to_string();
    let (fired, heard) = std::sync::mpsc::channel();
    let running = {
        let pipeline = stream_pipeline!({
            let times = files(pattern)
                .lines()
                .map(|line| line.parse::<i64>().expect("a number"))
                .event_time(|at| *at, max_delay = 0s);
            let fired = times
                .key_by(|_| 0)
                .state::<u32>(ttl = 1h)
                .on_event(|_, at, cx| cx.set_timer(at - 5))
                .on_timer(|n, cx| {
                    *n += 1;
                    if *n == 1 {
                        cx.timer(1).set(cx.time());
                    }
                    fired.send((cx.id(), cx.time(), cx.event_time())).expect("heard");
                    cx.emit(*n);
                });
            fired.to(collect(Collected::new()));
        });
        pipeline.trigger(streaming_runtime::Trigger::Asap).start()
    };
    let next = || heard.recv_timeout(Duration::from_mins(1));
    assert_eq!((next(), next()), (Ok((0, 995, 995)), Ok((1, 995, 1_000))));
    running.stop();
    running.join().expect("it stops");
}
