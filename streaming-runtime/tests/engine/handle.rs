//! Starting, stopping, waiting.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use streaming_runtime::{PipelineError, Trigger, stream_pipeline};

use crate::support::{Log, Noting, Say, script};

macro_rules! copying {
    ($numbers:ident, $out:ident) => {
        stream_pipeline!({
            let numbers = source($numbers);
            numbers.map(|n| *n).to(sink($out));
        })
        .batch_interval(Duration::from_hours(1))
    };
}

/// Until the log has this line: the pipeline's threads get there by themselves.
fn until(log: &Log, line: &str) {
    while !log.all().iter().any(|noted| noted == line) {
        std::thread::yield_now();
    }
}

#[test]
fn a_stop_writes_the_open_batch() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let (out, at_work) = (Noting::new(&log), log.clone());
    let running = stream_pipeline!({
        let numbers = source(numbers);
        numbers
            .map(|n| {
                at_work.note("at work");
                *n
            })
            .to(sink(out));
    })
    .batch_interval(Duration::from_hours(1))
    .start();
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![7])).unwrap();
    until(&log, "at work");
    let stopper = running.stopper();
    stopper.clone().stop();
    let summary = running.join().unwrap();
    assert_eq!((summary.batches, summary.rows_out), (1, 1));
    assert!(log.place("commit 0 [7]") < log.place("sink close"));
    stopper.stop();
}

#[test]
fn a_stop_tells_of_windows_that_it_leaves_open() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let at_work = log.clone();
    let running = stream_pipeline!({
        let times = source(numbers).event_time(|n| *n, max_delay = 1s);
        let seen = times.map(|n| {
            at_work.note("at work");
            *n
        });
        let counts = seen.key_by(|n| n % 2).window(tumbling(1min)).count();
        counts.print();
    })
    .batch_interval(Duration::from_hours(1))
    .start();
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![1, 2, 3])).unwrap();
    until(&log, "at work");
    running.stopper().stop();
    let summary = running.join().unwrap();
    assert_eq!((summary.rows_in, summary.rows_out, summary.state_rows), (3, 0, 2));
}

#[test]
fn dropping_the_future_of_a_run_stops_it_in_good_order() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = Noting::new(&log);
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![7])).unwrap();
    {
        // No runtime of any kind: the pipeline has its own.
        let mut run = pin!(
            copying!(numbers, out)
                .trigger(Trigger::Asap)
                .handle_signals(false)
                .run()
        );
        let polled = run.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        until(&log, "commit 0 [7]");
    }
    until(&log, "sink close");
    log.place("source close");
}

#[test]
fn a_pipeline_that_is_not_polled_opens_nothing() {
    let log = Log::default();
    let (_say, numbers) = script(&log);
    let out = Noting::new(&log);
    drop(copying!(numbers, out).run());
    assert!(log.all().is_empty());
}

#[tokio::test(flavor = "current_thread")]
async fn a_run_is_a_future_for_any_executor() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = Noting::new(&log);
    say.send(Say::Added(0)).unwrap();
    drop(say);
    let summary = copying!(numbers, out).run().await.unwrap();
    assert_eq!(summary.batches, 0, "nothing came, nothing was written");
}

#[test]
fn settings_that_make_no_sense_are_refused_before_anything_is_opened() {
    let refused = |error: PipelineError| error.to_string();
    let pipeline = || {
        stream_pipeline!({
            let numbers = memory(vec![1]);
            numbers.print();
        })
    };
    assert_eq!(
        refused(pipeline().key_partitions(3).run_blocking().unwrap_err()),
        "invalid setting: `key_partitions` must be a power of two, not 3"
    );
    assert_eq!(
        refused(pipeline().threads(0).run_blocking().unwrap_err()),
        "invalid setting: `threads` must be at least 1"
    );
    assert_eq!(
        refused(pipeline().batch_interval(Duration::ZERO).run_blocking().unwrap_err()),
        "invalid setting: `batch_interval` must be longer than 0; use `trigger(Trigger::Asap)` for batches without an interval"
    );
}
