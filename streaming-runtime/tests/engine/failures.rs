//! What fails, and what is left.

use streaming_runtime::{FailedAt, PipelineError, Trigger, stream_pipeline};

use crate::support::{Log, Noting, Say, script};

/// Runs a pipeline over two batches, the second of which has `second`.
fn run(second: Say, out: impl FnOnce(&Log) -> Noting) -> (PipelineError, Log) {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let out = out(&log);
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![1, 2])).unwrap();
    let mut then = Some((say, second));
    let error = stream_pipeline!({
        let numbers = source(numbers);
        let halves = numbers.map(|n| 100 / *n);
        halves.to(sink(out));
    })
    .trigger(Trigger::Asap)
    .listener(move |_: &streaming_runtime::progress::BatchProgress| {
        if let Some((say, second)) = then.take() {
            say.send(second).unwrap();
        }
    })
    .run_blocking()
    .unwrap_err();
    assert!(
        log.place("commit 0 [100, 50]") < log.place("sink close"),
        "the batch before stays"
    );
    (error, log)
}

#[test]
fn a_panic_in_a_closure_names_operator_partition_and_offset() {
    let (error, log) = run(Say::Chunk(0, vec![4, 0]), Noting::new);
    let text = error.to_string();
    assert!(text.starts_with("`halves` (map, line "), "{text}");
    assert!(
        text.ends_with(") panicked at script/0, offset 3: attempt to divide by zero (try 3 of 3)"),
        "{text}"
    );
    assert!(!log.all().iter().any(|line| line.starts_with("prepare 1")));
    log.place("source close");
}

#[test]
fn a_record_that_cannot_be_encoded_fails_its_batch() {
    // The records behind it are not to blame.
    let (error, _) = run(Say::Chunk(0, vec![4, -50, 5]), Noting::new);
    let PipelineError::Operator {
        operator,
        kind,
        place,
        panicked,
        message,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (operator.as_str(), kind.as_str(), panicked),
        ("halves.sink", "sink", false)
    );
    assert_eq!(message, "-2 is negative");
    let partition = "script/0".to_owned();
    assert_eq!(place, FailedAt::Record { partition, offset: 3 });
}

#[test]
fn a_source_that_fails_is_named() {
    let (error, _) = run(Say::Fail("connection refused"), Noting::new);
    assert_eq!(error.to_string(), "source `numbers` failed: connection refused");
    assert!(error.is_retryable(), "what a source says nothing of may pass");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "connection refused"
    );
}

#[test]
fn a_source_that_panics_is_named() {
    let (error, _) = run(Say::Panic("out of tape"), Noting::new);
    assert_eq!(error.to_string(), "source `numbers` failed: panicked: out of tape");
    assert!(!error.is_retryable(), "it would panic again");
}

#[test]
fn a_sink_that_fails_is_named_and_told_to_forget() {
    let (error, log) = run(Say::Chunk(0, vec![5]), |log| {
        let mut out = Noting::new(log);
        out.fails_at = Some(1);
        out
    });
    assert_eq!(
        error.to_string(),
        "sink `halves.sink` could not prepare batch 1: no space left"
    );
    assert!(log.place("prepare 1 [20]") < log.place("abort 1"));
    assert!(!log.all().iter().any(|line| line.starts_with("commit 1")));
    assert!(!log.all().contains(&"source commit [(0, 3)]".to_owned()));
}

#[test]
fn a_sink_that_panics_is_named() {
    let log = Log::default();
    let (say, numbers) = script(&log);
    let mut out = Noting::new(&log);
    out.panics_at = Some(0);
    say.send(Say::Added(0)).unwrap();
    say.send(Say::Chunk(0, vec![1])).unwrap();
    let error = stream_pipeline!({
        let numbers = source(numbers);
        numbers.map(|n| *n).to(sink(out));
    })
    .trigger(Trigger::Asap)
    .run_blocking()
    .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("could not prepare batch 0: panicked: no more"), "{text}");
    assert!(text.starts_with("sink `numbers.sink` "), "{text}");
    assert!(!error.is_retryable(), "it would panic again");
}

#[test]
fn a_panic_behind_an_exchange_names_operator_and_key_partition() {
    let error = stream_pipeline!({
        let numbers = memory(vec![1i64, 2, 0]);
        let sums = numbers.key_by(|n| **n).batch().sum(|n| *n);
        let inverse = sums.map(|(_, sum)| 1 / sum);
        inverse.print();
    })
    .trigger(Trigger::AvailableNow)
    .run_blocking()
    .unwrap_err();
    let PipelineError::Operator {
        operator,
        place,
        message,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (operator.as_str(), message.as_str()),
        ("inverse", "attempt to divide by zero")
    );
    assert!(matches!(place, FailedAt::KeyPartition(_)), "{place}");
}

#[test]
fn a_listener_that_panics_stops_the_pipeline() {
    let error = stream_pipeline!({
        let numbers = memory(vec![1i64]);
        numbers.print();
    })
    .trigger(Trigger::AvailableNow)
    .listener(|_: &streaming_runtime::progress::BatchProgress| panic!("not listening"))
    .run_blocking()
    .unwrap_err();
    assert_eq!(error.to_string(), "the pipeline's own thread panicked: not listening");
}
