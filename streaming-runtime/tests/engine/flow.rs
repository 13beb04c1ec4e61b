//! When batches close, and what happens at the same time.

use std::time::Duration;

use streaming_runtime::progress::{BatchProgress, Limit};
use streaming_runtime::{Trigger, stream_pipeline};

use crate::support::{Log, Noting, Say, gate, script};

#[test]
fn what_is_there_now_comes_in_as_many_batches_as_the_limits_need() {
    let batches = Log::default();
    let noted = batches.clone();
    let summary = stream_pipeline!({
        let numbers = memory((0..100_000i64).collect::<Vec<_>>());
        numbers.filter(|n| **n % 1000 == 0).map(|n| *n).print();
    })
    .trigger(Trigger::AvailableNow)
    .max_batch_rows(20_000)
    .listener(move |batch: &BatchProgress| {
        assert_eq!(batch.limited_by.is_none(), batch.ended);
        noted.note(format!(
            "{} {:?}",
            batch.batch,
            batch.limited_by.unwrap_or(Limit::Bytes)
        ));
    })
    .run_blocking()
    .unwrap();
    assert_eq!((summary.rows_in, summary.rows_out), (100_000, 100));
    assert!(summary.batches >= 2, "{summary:?}");
    let contiguous: Vec<String> = (0..summary.batches).map(|n| n.to_string()).collect();
    let seen: Vec<String> = batches
        .all()
        .iter()
        .map(|b| b.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(seen, contiguous);
}

#[test]
fn a_batch_is_written_while_the_next_one_is_worked_on() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let (open, opened) = gate();
    let mut out = Noting::new(&log);
    out.first_commit = Some(opened);
    let (at_work, next) = (log.clone(), say.clone());
    let pipeline = stream_pipeline!({
        let numbers = source(numbers);
        numbers
            .map(|n| {
                at_work.note(format!("map {n}"));
                if *n == 2 {
                    open.send_replace(true);
                }
                *n
            })
            .to(sink(out));
    });
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![1])).unwrap();
    drop(say);
    // The second chunk comes when the first batch is closed, and lets it be written.
    let mut first = Some(next);
    let summary = pipeline.trigger(Trigger::Asap).listener(|_: &BatchProgress| {}).start();
    let waiting = log.clone();
    while !waiting.all().contains(&"prepare 0 [1]".to_owned()) {
        std::thread::yield_now();
    }
    let next = first.take().unwrap();
    next.send(Say::Chunk(0, vec![2])).unwrap();
    drop(next);
    assert_eq!(summary.join().unwrap().batches, 2);
    assert!(log.place("map 2") < log.place("commit 0 [1]"));
    assert!(log.place("commit 0 [1]") < log.place("prepare 1 [2]"));
    assert!(log.place("commit 0 [1]") < log.place("source commit [(0, 1)]"));
    assert!(log.place("commit 1 [2]") < log.place("source commit [(0, 2)]"));
    assert!(log.place("source commit [(0, 2)]") < log.place("source close"));
    assert!(log.place("source close") < log.place("sink close"));
}

#[test]
fn an_interval_gathers_what_arrives_in_it() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = Noting::new(&log);
    let pipeline = stream_pipeline!({
        let numbers = source(numbers);
        numbers.map(|n| *n).to(sink(out));
    });
    // An interval that never ends: the end of the source closes the batch.
    let running = pipeline.batch_interval(Duration::from_hours(1)).start();
    say.send(Say::Added(0)).unwrap();
    for n in 0..10 {
        say.send(Say::Chunk(0, vec![n])).unwrap();
    }
    drop(say);
    let summary = running.join().unwrap();
    assert_eq!((summary.batches, summary.rows_in, summary.rows_out), (1, 10, 10));
    log.place("commit 0 [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
}

#[test]
fn intervals_close_by_themselves_and_empty_ones_are_no_batches() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = Noting::new(&log);
    let pipeline = stream_pipeline!({
        let numbers = source(numbers);
        numbers.map(|n| *n).to(sink(out));
    });
    let (mut say, mut n) = (Some(say), 0);
    say.as_ref().unwrap().send(Say::Added(0)).unwrap();
    say.as_ref().unwrap().send(Say::Chunk(0, vec![0])).unwrap();
    // Each batch brings the next chunk; only an interval can close a batch here.
    let summary = pipeline
        .batch_interval(Duration::from_millis(5))
        .listener(move |batch: &BatchProgress| {
            assert_eq!(batch.rows_in, 1);
            n += 1;
            if n < 4 {
                say.as_ref().unwrap().send(Say::Chunk(0, vec![n])).unwrap();
            } else {
                say = None;
            }
        })
        .run_blocking()
        .unwrap();
    assert_eq!((summary.batches, summary.rows_in), (4, 4));
}

#[test]
fn a_window_closes_when_its_partition_falls_idle_between_batches() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = Noting::new(&log);
    let pipeline = stream_pipeline!({
        let numbers = source(numbers).event_time(|n| **n, max_delay = 0s, idle = 20ms);
        let sums = numbers.key_by(|_| ()).window(tumbling(100ms)).sum(|n| *n);
        sums.map(|((), _, sum)| sum).to(sink(out));
    });
    for event in [
        Say::Added(0),
        Say::Added(1),
        Say::Chunk(0, vec![1, 2, 300]),
        Say::CaughtUp(0),
        Say::CaughtUp(1),
    ] {
        say.send(event).unwrap();
    }
    let (mut say, kept) = (Some(say), log.clone());
    let summary = pipeline
        .trigger(Trigger::Asap)
        .listener(move |batch: &BatchProgress| {
            // The second batch is made by time alone.
            kept.note(format!("{:?}", batch.watermark));
            if batch.batch == 1 {
                drop(say.take());
            }
        })
        .run_blocking()
        .unwrap();
    assert_eq!(summary.batches, 3);
    assert!(log.place("None") < log.place("commit 1 [3]"));
    assert!(log.place("commit 1 [3]") < log.place("commit 2 [300]"));
}

#[test]
fn sources_of_several_stages_are_read_to_their_ends() {
    let log = Log::default();
    let (fast, many) = script(&log);
    let (slow, few) = script(&log);
    for (say, count) in [(&fast, 500), (&slow, 1)] {
        say.send(Say::Added(0)).unwrap();
        for n in 0..count {
            say.send(Say::Chunk(0, vec![n; 4096])).unwrap();
        }
    }
    drop((fast, slow));
    let summary = stream_pipeline!({
        let many = source(many);
        let few = source(few);
        let a = many.key_by(|n| **n % 7).batch().count();
        let b = few.key_by(|n| **n % 7).batch().count();
        let both = union(a, b);
        both.print();
    })
    .trigger(Trigger::AvailableNow)
    .max_batch_rows(100 * 4096)
    .run_blocking()
    .unwrap();
    assert_eq!(summary.rows_in, 501 * 4096);
}
