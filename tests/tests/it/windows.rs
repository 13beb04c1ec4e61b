//! Event time, windows and late records.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    user: String,
    amount: f64,
    ts: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Total {
    user: String,
    from: i64,
    to: i64,
    n: u64,
    revenue: f64,
    mean: f64,
    first: f64,
    last: f64,
    least: f64,
    most: f64,
    all: Vec<f64>,
    amounts: u64,
    best: Vec<Order>,
}

fn order(user: &str, amount: f64, ts: i64) -> Order {
    Order {
        user: user.to_owned(),
        amount,
        ts,
    }
}

#[test]
fn every_aggregate_of_a_window() {
    let pipeline = stream_pipeline!({
        let orders = stdin().json::<Order>().event_time(|order| order.ts, max_delay = 0s);
        let totals = orders
            .key_by(|order| order.user.as_str())
            .window(tumbling(10ms))
            .agg(Total {
                user: key(),
                from: window_start(),
                to: window_end(),
                n: count(),
                revenue: sum(|order| order.amount),
                mean: avg(|order| order.amount),
                first: first(|order| order.amount),
                last: last(|order| order.amount),
                least: min(|order| order.amount),
                most: max(|order| order.amount),
                all: collect(|order| order.amount),
                amounts: count_distinct(|order| order.amount.to_bits()),
                best: top(2, |order| order.amount),
            });
        totals.to(files("unused").jsonl());
    });
    let mut driver = pipeline.test();
    driver.push(
        "orders",
        streaming_runtime::testing::json([
            order("ann", 2.0, 7),
            order("bob", 9.0, 3),
            order("ann", 4.0, 1),
            order("ann", 2.0, 5),
            order("ann", 1.0, 12),
        ]),
    );
    driver.tick();
    let mut totals: Vec<Total> = driver.take_output("totals.files").json();
    totals.sort_by(|a, b| a.user.cmp(&b.user));
    let ann = Total {
        user: "ann".to_owned(),
        from: 0,
        to: 10,
        n: 3,
        revenue: 8.0,
        mean: 8.0 / 3.0,
        first: 4.0,
        last: 2.0,
        least: 2.0,
        most: 4.0,
        all: vec![4.0, 2.0, 2.0],
        amounts: 2,
        best: vec![order("ann", 4.0, 1), order("ann", 2.0, 5)],
    };
    assert_eq!(totals.len(), 2, "the window from 10 is still open");
    assert_eq!(totals[0], ann);
    assert_eq!((totals[1].user.as_str(), totals[1].n), ("bob", 1));
    driver.finish();
    let rest: Vec<Total> = driver.output("totals.files").json();
    assert_eq!((rest.len(), rest[0].from, rest[0].n), (1, 10, 1));
}

#[test]
fn records_behind_the_watermark_are_late() {
    let pipeline = stream_pipeline!({
        let orders = stdin().json::<Order>().event_time(|order| order.ts, max_delay = 0s);
        let counts = orders.key_by(|order| order.user.clone()).window(tumbling(10ms)).count();
        counts
            .map(|(user, window, n)| format!("{user} {} {n}", window.start))
            .print();
        let late = counts.late();
        late.map(|order| (order.user, order.ts)).print();
        late.key_by(|order| order.user.as_str())
            .batch()
            .sum(|order| order.ts)
            .print();
        orders.map(|order| order.amount).print();
    });
    let mut driver = pipeline.test();
    driver.push(
        "orders",
        streaming_runtime::testing::json([order("ann", 1.0, 5), order("ann", 1.0, 25)]),
    );
    driver.tick();
    driver.push(
        "orders",
        streaming_runtime::testing::json([order("ann", 1.0, 6), order("ann", 1.0, 26)]),
    );
    driver.finish();
    assert_eq!(driver.output("counts.print").sorted(), ["ann 0 1", "ann 20 2"]);
    assert_eq!(driver.output("late.print").text(), ["(\"ann\", 6)"]);
    assert_eq!(driver.output("orders.print").len(), 4);
    assert_eq!(driver.progress().map(|progress| progress.late), Some(1));
}

#[test]
fn a_window_behind_a_window_sees_its_end() {
    let pipeline = stream_pipeline!({
        let numbers = stdin().lines().map(|line| line.parse::<i64>().unwrap_or_default());
        let timed = numbers.event_time(|n| *n, max_delay = 0s);
        let seconds = timed.key_by(|n| n % 2).window(tumbling(1s)).count();
        let minutes = seconds.key_by(|(key, ..)| *key).window(tumbling(1min)).agg((
            key(),
            window_start(),
            count(),
            sum(|(_, _, n)| *n),
        ));
        minutes.print();
    });
    let mut driver = pipeline.test();
    driver.push("numbers", ["1", "3", "1001", "59999", "60001"]);
    driver.finish();
    assert_eq!(
        driver.output("minutes.print").sorted(),
        ["(1, 0, 3, 4)", "(1, 60000, 1, 1)"]
    );
}

#[test]
fn streams_with_event_time_are_united_with_it() {
    let pipeline = stream_pipeline!({
        let a = stdin()
            .lines()
            .map(|line| line.len() as i64)
            .event_time(|n| *n, max_delay = 0s);
        let b = memory(vec![0i64]).map(|n| *n).event_time(|n| *n, max_delay = 0s);
        let both = union(a, b);
        let counts = both.key_by(|_| 0).window(tumbling(10ms)).count();
        let windows = counts.map(|(_, window, n)| (window.start, n));
        windows.print();
        let direct = b.key_by(|_| 0).window(tumbling(10ms)).count();
        let all = union(direct.map(|(_, window, n)| (window.start, n)), windows);
        let sums = all.key_by(|(start, _)| *start).window(tumbling(1s)).sum(|(_, n)| *n);
        sums.map(|(start, _, n)| (start, n)).print();
    });
    let mut driver = pipeline.test();
    driver.push("a", ["four", "seventeen letters"]);
    driver.push("b", streaming_runtime::testing::values([3i64, 12, 13]));
    driver.finish();
    assert_eq!(driver.output("windows.print").sorted(), ["(0, 2)", "(10, 3)"]);
    assert_eq!(driver.output("sums.print").sorted(), ["(0, 3)", "(10, 5)"]);
}

/// Times at the very ends, as a field that was never set gives them, end no window too early and nothing hangs.
#[test]
fn windows_of_every_shape_hold_the_ends_of_time() {
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let times = stdin()
            .lines()
            .map(|line| line.parse::<i64>().unwrap_or_default())
            .event_time(|at| *at, max_delay = 0s, max_ahead = unbounded);
        let tumbling = times.key_by(|_| 0).window(tumbling(10ms)).count();
        let sliding = times.key_by(|_| 0).window(sliding(30ms, every = 10ms)).count();
        let sessions = times.key_by(|_| 0).window(session(gap = 10ms)).count();
        tumbling.map(|(_, _, n)| n).print();
        sliding.map(|(_, _, n)| n).print();
        sessions.map(|(_, _, n)| n).print();
    });
    let mut driver = pipeline.test();
    driver.push("times", [i64::MIN.to_string(), 5.to_string(), i64::MAX.to_string()]);
    driver.finish();
    assert_eq!(driver.output("tumbling.print").text(), ["1", "1", "1"]);
    assert_eq!(driver.output("sessions.print").text(), ["1", "1", "1"]);
    let counted: u64 = driver
        .output("sliding.print")
        .text()
        .iter()
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    assert!(
        (5..=9).contains(&counted),
        "each record is in one window at least: {counted}"
    );
}
