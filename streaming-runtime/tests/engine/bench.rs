//! The test bench: pipelines on virtual time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use streaming_runtime::testing::{json, values};
use streaming_runtime::{FailedAt, PipelineError, stream_pipeline};

use super::support::{Log, Noting};

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    user: String,
    at: i64,
    amount: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Total {
    user: String,
    from: i64,
    n: u64,
    amount: u64,
}

fn order(user: &str, at: i64, amount: u64) -> Order {
    let user = user.to_owned();
    Order { user, at, amount }
}

stream_pipeline!(
    fn revenue() {
        let orders = stdin()
            .json::<Order>()
            .event_time(|o| o.at, max_delay = 10ms, idle = 1min);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(100ms)).agg(Total {
            user: key(),
            from: window_start(),
            n: count(),
            amount: sum(|o| o.amount),
        });
        totals.to(files("unused").jsonl());
        totals.late().map(|o| o.at).print();
    }
);

#[test]
fn windows_fire_behind_the_watermark_and_late_records_are_counted() {
    let mut driver = revenue().test();
    driver.push(
        "orders",
        json([order("ann", 5, 1), order("bob", 7, 2), order("ann", 99, 3)]),
    );
    driver.tick();
    assert!(driver.output("totals.files").is_empty(), "the watermark is at 89");
    // Within this batch 50 is not late: the window had not closed when the batch began.
    driver.push("orders", json([order("ann", 110, 4), order("ann", 50, 5)]));
    driver.tick();
    let fired = |user: &str, n, amount| Total {
        user: user.to_owned(),
        from: 0,
        n,
        amount,
    };
    let mut totals: Vec<Total> = driver.output("totals.files").json();
    totals.sort_by_key(|total| total.amount);
    assert_eq!(totals, [fired("bob", 1, 2), fired("ann", 3, 9)]);

    driver.push("orders", json([order("ann", 60, 6)]));
    driver.tick();
    assert_eq!(driver.output("totals.late.print").text(), ["60"]);
    let progress = driver.progress().unwrap();
    assert_eq!((progress.batch, progress.late, progress.watermark), (2, 1, Some(100)));
    let window = progress.operators.iter().find(|o| o.name == "totals").unwrap();
    assert_eq!(window.state_rows, Some(1), "ann at 110");
}

#[test]
fn the_end_closes_every_window() {
    let mut driver = revenue().test();
    driver.push("orders", json([order("ann", 5, 1), order("ann", 10_000, 1)]));
    driver.finish();
    assert_eq!(driver.output("totals.files").len(), 2);
    let progress = driver.progress().unwrap();
    assert_eq!((progress.ended, progress.watermark), (true, Some(i64::MAX)));
}

#[test]
fn a_quiet_partition_holds_windows_back_until_it_is_idle() {
    let mut driver = revenue().test();
    driver.partitions("orders", 2);
    driver.push("orders", json([order("ann", 5, 1), order("ann", 500, 1)]));
    driver.tick();
    driver.advance(Duration::from_secs(59));
    driver.push("orders", json([order("ann", 505, 1)]));
    driver.tick();
    assert_eq!(
        driver.progress().unwrap().watermark,
        None,
        "partition 1 may still send anything"
    );
    // Nothing comes, and yet the window closes: time alone has made the partition idle.
    driver.advance(Duration::from_secs(1));
    assert_eq!(driver.output("totals.files").len(), 1);
    assert_eq!(driver.progress().unwrap().batch, 2);
}

#[test]
fn a_partition_that_has_ended_is_not_waited_for() {
    let mut driver = revenue().test();
    driver.push_to("orders", 0, json([order("ann", 500, 1)]));
    driver.push_to("orders", 1, json([order("ann", 5, 1)]));
    driver.tick();
    assert!(driver.output("totals.files").is_empty());
    driver.end_partition("orders", 1);
    driver.tick();
    assert!(driver.output("totals.files").is_empty(), "it counts once more");
    driver.tick();
    assert_eq!(driver.output("totals.files").len(), 1);
}

#[test]
fn without_input_there_is_no_batch() {
    let mut driver = revenue().test();
    for _ in 0..1000 {
        driver.advance(Duration::from_secs(1));
    }
    assert_eq!(driver.progress(), None);
    driver.push("orders", json([order("ann", 5, 1)]));
    driver.tick();
    assert_eq!(driver.progress().unwrap().batch, 0);
    assert_eq!(driver.progress().unwrap().batch_time, 1_000_000);
}

#[test]
fn a_thousand_batches() {
    let mut driver = revenue().test();
    for n in 0..1000 {
        driver.push("orders", json([order("ann", n * 100, 1)]));
        driver.tick();
    }
    driver.finish();
    assert_eq!(driver.output("totals.files").len(), 1000);
    assert_eq!(driver.progress().unwrap().batch, 1000);
}

#[test]
fn expired_state_is_swept_out_by_and_by() {
    let mut driver = stream_pipeline!({
        let words = stdin().lines();
        let counts = words.key_by(|w| w).running(ttl = 1min).count();
        counts.print();
    })
    .key_partitions(4)
    .test();
    let state = |driver: &streaming_runtime::testing::Driver<_>| {
        let progress: &streaming_runtime::progress::BatchProgress = driver.progress().unwrap();
        progress.operators.iter().find_map(|o| o.state_rows).unwrap()
    };
    driver.push("words", ["a", "b", "c", "d", "e", "f", "a"]);
    driver.tick();
    assert_eq!(state(&driver), 6);
    driver.advance(Duration::from_mins(1));
    // One key partition a turn, whether anything comes or not.
    for _ in 0..3 {
        driver.tick();
    }
    driver.take_output("counts.print");
    driver.push("words", ["a"]);
    driver.tick();
    assert_eq!(
        driver.output("counts.print").text(),
        [r#"("a", 1)"#],
        "what was is forgotten"
    );
    assert_eq!(state(&driver), 1);
}

#[test]
fn a_failed_batch_leaves_state_and_output_as_they_were() {
    let mut driver = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new());
        let halves = numbers.map(|n| 100 / n);
        let sums = halves.key_by(|_| ()).running(unbounded).sum(|n| *n);
        sums.print();
    })
    .test();
    driver.push("numbers", values([1i64, 2]));
    driver.tick();
    driver.push("numbers", values([5i64, 0, 7]));
    let error = driver.try_tick().unwrap_err();
    assert!(error.to_string().starts_with("`halves` (map, line "), "{error}");
    assert!(
        error
            .to_string()
            .ends_with(") panicked at numbers/0, offset 3: attempt to divide by zero (try 3 of 3)")
    );
    let PipelineError::Operator { place, panicked, .. } = error else {
        panic!("not an operator's")
    };
    let partition = "numbers/0".to_owned();
    assert_eq!((place, panicked), (FailedAt::Record { partition, offset: 3 }, true));
    driver.push("numbers", values([4i64]));
    driver.tick();
    assert_eq!(driver.output("sums.print").text(), ["((), 150)", "((), 175)"]);
}

#[test]
fn a_closure_that_panics_behind_an_exchange_leaves_state_as_it_was() {
    let mut driver = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new());
        let sums = numbers.key_by(|n| **n % 2).running(unbounded).sum(|n| *n);
        let rest = sums.map(|(key, sum)| (key, 100 / (sum - 8)));
        rest.print();
    })
    .test();
    driver.push("numbers", values([3i64, 4]));
    driver.tick();
    driver.push("numbers", values([5i64]));
    let error = driver.try_tick().unwrap_err();
    assert!(error.to_string().starts_with("`rest` (map, line "), "{error}");
    driver.take_output("rest.print");
    driver.push("numbers", values([7i64]));
    driver.tick();
    assert_eq!(driver.output("rest.print").text(), ["(1, 50)"], "3 + 7, without the 5");
}

/// `late` never comes true for what a window above has fired: both look at the same clock.
#[test]
fn windows_over_windows_lose_nothing() {
    let mut driver = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new());
        let timed = numbers.event_time(|n| **n, max_delay = 0s);
        let small = timed.key_by(|n| **n % 3).window(tumbling(10ms)).count();
        let large = small.key_by(|_| ()).window(tumbling(20ms)).sum(|(_, _, n)| *n);
        large.print();
        large.late().print();
    })
    .test();
    for n in 0..100 {
        driver.push("numbers", values([i64::from(n)]));
        driver.tick();
    }
    driver.finish();
    let sums: Vec<String> = driver.output("large.print").text();
    assert_eq!(sums.len(), 5, "{sums:?}");
    assert!(sums.iter().all(|sum| sum.ends_with("20)")), "{sums:?}");
    assert!(driver.output("large.late.print").is_empty());
    assert_eq!(driver.progress().unwrap().watermark, Some(i64::MAX));
}

#[test]
fn a_source_that_has_ended_holds_no_union_back() {
    let mut driver = stream_pipeline!({
        let lines = stdin().lines();
        let left = lines
            .map(|line| line.parse::<i64>().unwrap())
            .event_time(|n| *n, max_delay = 0s);
        let numbers = memory(Vec::<i64>::new());
        let right = numbers.map(|n| *n).event_time(|n| *n, max_delay = 0s);
        let both = union(left, right);
        let counts = both.key_by(|_| ()).window(tumbling(10ms)).count();
        counts.print();
    })
    .test();
    driver.push("lines", ["1", "2"]);
    driver.push("numbers", values([3i64, 40]));
    driver.tick();
    assert!(driver.output("counts.print").is_empty(), "the left watermark is at 2");
    assert_eq!(driver.progress().unwrap().clocks.len(), 2);
    driver.end("lines");
    driver.tick();
    assert_eq!(driver.output("counts.print").len(), 1);
}

#[test]
#[should_panic(expected = "there is no source `order`; there is `orders`")]
fn an_unknown_source_names_those_there_are() {
    revenue().test().push("order", "{}");
}

#[test]
#[should_panic(expected = "there is no sink `totals`; there is `totals.files`, `totals.late.print`")]
fn an_unknown_sink_names_those_there_are() {
    let _ = revenue().test().output("totals");
}

#[test]
#[should_panic(expected = "cannot push into `orders`: this source reads bytes, not values of type `u8`")]
fn rows_of_the_wrong_kind_are_refused() {
    revenue().test().push("orders", values([1u8]));
}

#[tokio::test]
async fn sinks_without_a_text_form_are_written_even_in_an_async_test() {
    let doubled = streaming_runtime::sink::Collected::default();
    let kept = doubled.clone();
    let mut driver = stream_pipeline!({
        let numbers = memory(Vec::<u64>::new());
        numbers.map(|n| n * 2).to(collect(kept));
    })
    .test();
    driver.push("numbers", values([1u64, 2]));
    driver.finish();
    assert_eq!(doubled.take(), [2, 4]);
}

/// Without a checkpoint the bench goes on after a failed write. What the batch had fired fires again in the next one.
#[test]
fn a_write_that_fails_has_moved_no_window() {
    let log = Log::default();
    let mut out = Noting::new(&log);
    out.refuses = Some(1_002);
    let mut driver = stream_pipeline!({
        let numbers = memory(Vec::<i64>::new()).event_time(|n| **n, max_delay = 0ms);
        let counts = numbers.key_by(|_| 0).window(sliding(20ms, every = 10ms)).count();
        counts
            .map(|(_, window, n)| 1_000 + window.start * 10 + n.cast_signed())
            .to(sink(out));
    })
    .test();
    driver.push("numbers", values([5_i64]));
    driver.tick();
    driver.push("numbers", values([12_i64]));
    driver.tick();
    let before = driver.progress().unwrap().clone();
    driver.push("numbers", values([27_i64]));
    let error = driver.try_tick().unwrap_err();
    assert!(error.to_string().contains("no space left"), "{error}");
    for number in [27_i64, 45] {
        driver.push("numbers", values([number]));
        driver.tick();
    }
    let after = driver.progress().unwrap();
    assert_eq!(
        (after.batch, after.totals.rows_in),
        (before.batch + 2, before.totals.rows_in + 2)
    );
    driver.finish();
    let all = log.all();
    let written = all
        .iter()
        .filter_map(|line| line.strip_prefix("commit ")?.split_once(' '));
    let mut written: Vec<String> = written.map(|(_, numbers)| numbers.to_owned()).collect();
    written.retain(|numbers| numbers != "[]");
    assert_eq!(written, ["[901]", "[1002]", "[1102, 1201]", "[1301, 1401]"]);
}
