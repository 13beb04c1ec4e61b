//! `.state::<S>(…).on_event(…).on_timer(…)`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use streaming_runtime::sink::Collected;
use streaming_runtime::testing::{Checkpoint, json, values};
use streaming_runtime::{PipelineError, stream_pipeline};

const MINUTE: i64 = 60_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Payment {
    user: String,
    at: i64,
    failed: bool,
}

fn payment(user: &str, at: i64, failed: bool) -> Payment {
    let user = user.to_owned();
    Payment { user, at, failed }
}

stream_pipeline!(
    /// Users who are silent for five minutes after a payment of theirs has failed.
    fn silent(alerts: Collected<(String, i64, u32)>) {
        let payments = memory(Vec::<Payment>::new()).event_time(|payment| payment.at, max_delay = 0s);
        let silent = payments
            .key_by(|payment| payment.user.as_str())
            .state::<u32>(ttl = 1h)
            .on_event(|failures, payment, cx| {
                if payment.failed {
                    *failures += 1;
                    cx.set_timer(cx.event_time() + 5 * MINUTE);
                } else {
                    cx.clear();
                }
            })
            .on_timer(|failures, cx| {
                cx.emit((cx.key().clone(), cx.event_time(), *failures));
                cx.clear();
            });
        silent.to(collect(alerts));
    }
);

fn sorted<T: Ord>(rows: &Collected<T>) -> Vec<T> {
    let mut rows = rows.take();
    rows.sort();
    rows
}

#[test]
fn a_timer_fires_when_the_watermark_is_there() {
    let alerts = Collected::new();
    let mut driver = silent(alerts.clone()).test();
    driver.push(
        "payments",
        values([payment("ann", 0, true), payment("bob", 1_000, true)]),
    );
    driver.tick();
    assert!(alerts.take().is_empty(), "nobody knows yet whether they stay silent");
    driver.push(
        "payments",
        values([payment("bob", 2_000, false), payment("eve", 5 * MINUTE - 1, false)]),
    );
    driver.tick();
    assert!(
        alerts.take().is_empty(),
        "the watermark is a millisecond before the timer"
    );
    driver.push("payments", values([payment("eve", 5 * MINUTE, false)]));
    driver.tick();
    assert_eq!(alerts.take(), [("ann".to_owned(), 5 * MINUTE, 1)], "bob has paid");
}

/// What the user does later makes the timer due, in the same batch. It comes after the timer all the same.
#[test]
fn a_timer_fires_before_a_later_record_of_the_same_batch() {
    let alerts = Collected::new();
    let mut driver = silent(alerts.clone()).test();
    let all = [
        payment("ann", 0, true),
        payment("ann", MINUTE, true),
        payment("ann", 6 * MINUTE, false),
        payment("ann", 7 * MINUTE, true),
    ];
    driver.push("payments", values(all));
    driver.tick();
    assert_eq!(
        alerts.take(),
        [("ann".to_owned(), 6 * MINUTE, 2)],
        "set anew by the second failure"
    );
    driver.finish();
    assert_eq!(
        alerts.take(),
        [("ann".to_owned(), 12 * MINUTE, 1)],
        "the end fires what is pending"
    );
}

#[test]
fn batch_timers_need_no_event_time() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let quiet = words
            .key_by(|word| word.len())
            .state::<Vec<String>>(unbounded)
            .on_event(|words, word, cx| {
                words.push(word);
                cx.set_batch_timer(cx.batch_time() + 1_000);
                cx.batch_timer(7).set(cx.batch_time() + 2_000);
                if words.len() == 3 {
                    cx.cancel_batch_timer();
                    assert_eq!(cx.batch_timer(0).at(), None);
                    assert!(cx.batch_timer(7).at().is_some());
                }
            })
            .on_timer(|words, cx| {
                assert!(cx.is_batch_timer() && cx.batch_time() >= cx.time());
                cx.emit((cx.id(), words.join(" ")));
            });
        quiet.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["a", "b", "xy", "c"]);
    driver.advance(Duration::from_secs(1));
    assert_eq!(driver.take_output("quiet.print").text(), [""; 0]);
    driver.advance(Duration::from_millis(999));
    assert_eq!(driver.take_output("quiet.print").text(), [""; 0]);
    driver.advance(Duration::from_millis(1));
    assert_eq!(driver.take_output("quiet.print").text(), [r#"(0, "xy")"#]);
    driver.advance(Duration::from_secs(1));
    assert_eq!(
        driver.take_output("quiet.print").sorted(),
        [r#"(7, "a b c")"#, r#"(7, "xy")"#]
    );
    driver.advance(Duration::from_secs(9));
    assert_eq!(driver.take_output("quiet.print").text(), [""; 0], "each fires once");
}

/// Rows come in the order in which they were emitted, also for those who sort by arrival.
#[test]
fn rows_keep_their_order_and_their_time() {
    let (firsts, texts) = (Collected::new(), Collected::new());
    let (firsts_out, texts_out) = (firsts.clone(), texts.clone());
    let pipeline = stream_pipeline!({
        let events = memory(Vec::<(i64, i64)>::new()).event_time(|event| event.1, max_delay = 0s);
        let steps = events
            .key_by(|event| event.0)
            .state::<u32>(ttl = 1h)
            .on_event(|n, (key, at), cx| {
                for step in 0..3 {
                    *n += 1;
                    cx.emit((key, format!("{at}.{step}")));
                }
                cx.set_timer(at + 10);
            })
            .on_timer(|_, cx| cx.emit((*cx.key(), format!("timer {}", cx.time()))));
        let by_key = steps
            .key_by(|step| step.0)
            .running(unbounded)
            .fold(Vec::new(), |mut all, step| {
                all.push(step.1);
                all
            });
        by_key.to(collect(texts_out));
        let windows = steps.key_by(|step| step.0).window(tumbling(10ms)).agg((
            window_start(),
            count(),
            last(|step| step.1.as_str()),
        ));
        windows.to(collect(firsts_out));
    });
    let mut driver = pipeline.test();
    driver.partitions("events", 2);
    driver.push_to("events", 1, values([(1i64, 3i64), (1, 14), (1, 15)]));
    driver.push_to("events", 0, values([(1i64, 4i64), (2, 30)]));
    driver.tick();
    // The event of partition 0 comes first. The timer is set anew by each event, and is due before 14.
    let expected = [
        "4.0", "4.1", "4.2", "3.0", "3.1", "3.2", "timer 13", "14.0", "14.1", "14.2", "15.0", "15.1", "15.2",
    ];
    let all = texts.take();
    let of_one = all.iter().find(|(key, _)| *key == 1).map(|(_, steps)| steps.clone());
    assert_eq!(of_one.unwrap(), expected, "{all:?}");
    driver.finish();
    let last = |text: &str| text.to_owned();
    assert_eq!(
        sorted(&firsts),
        [
            (0, 6, last("4.2")),
            (10, 7, last("15.2")),
            (20, 1, last("timer 25")),
            (30, 3, last("30.2")),
            (40, 1, last("timer 40")),
        ]
    );
}

#[test]
fn late_records_are_given_and_can_be_told() {
    let pipeline = stream_pipeline!({
        let events = stdin()
            .json::<Payment>()
            .event_time(|payment| payment.at, max_delay = 1s);
        let seen = events
            .key_by(|payment| payment.user.as_str())
            .state::<()>(ttl = 1h)
            .on_event(|(), payment, cx| cx.emit((payment.user, cx.is_late(), cx.watermark())));
        seen.print();
    });
    let mut driver = pipeline.test();
    driver.push(
        "events",
        json([payment("ann", 10_000, false), payment("bob", 1, false)]),
    );
    driver.tick();
    let none = i64::MIN;
    assert_eq!(
        driver.take_output("seen.print").sorted(),
        [
            format!(r#"("ann", false, {none})"#),
            format!(r#"("bob", false, {none})"#)
        ],
        "the watermark follows from what is known when the batch begins"
    );
    driver.push(
        "events",
        json([payment("ann", 9_000, false), payment("bob", 8_999, false)]),
    );
    driver.tick();
    assert_eq!(
        driver.take_output("seen.print").sorted(),
        [r#"("ann", false, 9000)"#, r#"("bob", true, 9000)"#]
    );
}

#[test]
fn a_key_is_forgotten_after_its_ttl_but_not_before_its_timers() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let counts = words
            .key_by(|word| word.len())
            .state::<u32>(ttl = 10s)
            .on_event(|n, word, cx| {
                *n += 1;
                if word == "wait" {
                    cx.set_batch_timer(cx.batch_time() + 60_000);
                }
                cx.emit((word, *n));
            })
            .on_timer(|n, cx| cx.emit(("timer".to_owned(), *n)));
        counts.print();
    });
    let mut driver = pipeline.test();
    let second = Duration::from_secs(1);
    let held = |driver: &streaming_runtime::testing::Driver<_>| -> u64 {
        let progress = driver.progress().expect("a batch");
        progress
            .operators
            .iter()
            .filter_map(|operator| operator.state_rows)
            .sum()
    };
    driver.push("words", ["a", "wait"]);
    driver.advance(second);
    assert_eq!(
        driver.take_output("counts.print").sorted(),
        [r#"("a", 1)"#, r#"("wait", 1)"#]
    );
    driver.advance(9 * second);
    driver.push("words", ["a"]);
    driver.advance(Duration::ZERO);
    assert_eq!(driver.take_output("counts.print").text(), [r#"("a", 2)"#], "touched");
    driver.advance(9 * second);
    driver.advance(second);
    driver.push("words", ["a"]);
    driver.advance(Duration::ZERO);
    assert_eq!(
        driver.take_output("counts.print").text(),
        [r#"("a", 1)"#],
        "ten seconds without a record"
    );
    driver.advance(41 * second);
    assert_eq!(driver.take_output("counts.print").text(), [r#"("timer", 1)"#]);
    driver.advance(9 * second);
    driver.push("words", ["wait"]);
    driver.advance(Duration::ZERO);
    assert_eq!(
        driver.take_output("counts.print").text(),
        [r#"("wait", 2)"#],
        "a timer touches as well"
    );
    driver.advance(70 * second);
    driver.advance(20 * second);
    driver.advance(second);
    assert_eq!(held(&driver), 0, "all is forgotten");
}

/// The two failures of a batch: nothing of it lasts, and the batch after it goes on from the one before.
#[test]
fn what_a_batch_that_failed_has_changed_is_gone() {
    let pipeline = || {
        stream_pipeline!({
            settings(name = "fails");
            let words = files("in/*").lines();
            let counts = words
                .key_by(|word| word.len())
                .state::<u32>(ttl = 1h)
                .on_event(|n, word, cx| {
                    *n += 1;
                    cx.set_batch_timer(cx.batch_time() + 1);
                    cx.emit(*n);
                    assert!(word != "bad", "not this word");
                })
                .on_timer(|n, cx| cx.emit(*n + 100));
            counts.to(files("counts").jsonl());
        })
    };
    let mut driver = pipeline().test_with(Checkpoint::temporary());
    driver.push("words", ["abc"]);
    driver.tick();
    assert_eq!(driver.take_output("counts.files").text(), ["1"]);
    driver.push("words", ["bad"]);
    let error = driver.try_tick().expect_err("it panics");
    let PipelineError::Operator { operator, panicked, .. } = &error else {
        panic!("{error}");
    };
    assert!(*panicked && operator == "counts", "{error}");
    assert!(error.to_string().contains("not this word"), "{error}");
    assert!(driver.take_output("counts.files").is_empty());
}

#[test]
fn the_end_does_not_go_on_for_ever() {
    let pipeline = stream_pipeline!({
        let ticks = memory(vec![1i64]).event_time(|tick| *tick, max_delay = 0s);
        let beats = ticks
            .key_by(|_| 0)
            .state::<u64>(ttl = 1h)
            .on_event(|_, _, cx| cx.set_timer(cx.event_time() + 1))
            .on_timer(|_, cx| {
                cx.set_timer(cx.time() + 1);
                cx.emit(cx.time());
            });
        beats.to(collect(Collected::new()));
    });
    let error = pipeline
        .trigger(streaming_runtime::Trigger::AvailableNow)
        .run_blocking()
        .expect_err("it sets a timer again and again");
    assert!(error.to_string().contains("since the sources ended"), "{error}");
}

#[test]
fn explain_names_state_ttl_and_timers() {
    let plan = silent(Collected::new()).explain().to_string();
    let line = |name: &str| {
        let mut lines = plan.lines();
        let line = lines.find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name} in {plan}")).to_owned()
    };
    assert!(line("state").contains("u32, ttl = 3600s"), "{plan}");
    assert!(line("on_event").contains("on_timer"), "{plan}");
}

/// A function of the program's, over any stream.
fn count<C>(seen: &mut u64, word: String, cx: &streaming_runtime::keyed::Cx<'_, usize, (String, u64), C>) {
    *seen += 1;
    cx.emit((word, *seen + *cx.key() as u64));
}

#[test]
fn functions_by_name_and_captured_variables() {
    let (limit, mark) = (2u64, "!".to_owned());
    let again = mark.clone();
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let keyed = words.key_by(|word| word.len());
        let counts = keyed.state::<u64>(ttl = 1h).on_event(count);
        counts.print();
        let marked = keyed
            .state::<u64>(unbounded)
            .on_event(|n, word, cx| {
                *n += 1;
                if *n <= limit {
                    cx.emit(word + &mark);
                }
                cx.set_batch_timer(cx.batch_time());
            })
            .on_timer(|n, cx| cx.emit(format!("{limit}{n}{again}{mark}")));
        marked.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["a", "b", "c"]);
    driver.tick();
    assert_eq!(
        driver.output("counts.print").text(),
        [r#"("a", 2)"#, r#"("b", 3)"#, r#"("c", 4)"#]
    );
    assert_eq!(driver.output("marked.print").text(), ["a!", "b!", "23!!"]);
}

/// A batch that is tried again begins with the state of the batch before, timers and rows included.
#[test]
fn a_batch_that_is_tried_again_counts_once() {
    let tries = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let seen = std::sync::Arc::clone(&tries);
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let counts = words
            .key_by(|word| word.len())
            .state::<u32>(unbounded)
            .on_event(|n, word, cx| {
                *n += 1;
                cx.set_batch_timer(cx.batch_time());
                cx.emit(format!("{word} {n}"));
            })
            .on_timer(|n, cx| {
                *n += 10;
                cx.emit(format!("timer {n}"));
                let third = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 2;
                assert!(!third, "this time only");
            });
        counts.print();
    });
    let mut driver = pipeline.test();
    let both = |driver: &mut streaming_runtime::testing::Driver<_>| {
        driver.push("words", ["a", "bb"]);
        driver.tick();
        driver.take_output("counts.print").sorted()
    };
    assert_eq!(both(&mut driver), ["a 1", "bb 1", "timer 11", "timer 11"]);
    assert_eq!(both(&mut driver), ["a 12", "bb 12", "timer 22", "timer 22"]);
    assert!(
        tries.load(std::sync::atomic::Ordering::Relaxed) > 4,
        "one try has failed"
    );
}
