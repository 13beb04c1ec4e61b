//! Every operator once, in the form of an item.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

/// What the shop sends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Who buys.
    pub user: String,
    /// For how much.
    pub amount: f64,
    /// When, in milliseconds.
    pub at: i64,
}

/// What the shop reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Total {
    /// Who bought.
    pub user: String,
    /// Since when.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// How often.
    pub orders: u64,
    /// For how much.
    pub revenue: f64,
    /// For how much on average.
    pub mean: f64,
    /// The largest and the smallest.
    pub extremes: (f64, f64),
    /// The first and the last.
    pub ends: (f64, f64),
    /// All of them.
    pub amounts: Vec<f64>,
    /// How many different ones.
    pub different: u64,
    /// The largest ones.
    pub best: Vec<Order>,
}

stream_pipeline!(
    /// Every source, operator and sink that needs no service.
    pub(super) fn everything(folder: &str, orders: Vec<Order>, totals: Collected<Total>, delay: Duration) {
        settings(
            batch_interval = 500ms,
            guarantee = at_least_once,
            threads = 2,
            key_partitions = 16,
        );
        settings(
            max_batch_rows = 1000,
            max_batch_bytes = 1MiB,
            max_in_flight_bytes = 2MiB,
            task_tries = 2,
            on_panic = skip,
            name = "everything",
        );

        const LIMIT: f64 = 10.0;
        let greeting = String::from("hello");

        let typed = stdin().lines();
        let sent = socket("127.0.0.1:9", reconnect = delay).lines();
        let words = union(typed, sent)
            .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .filter(|word| !word.is_empty());
        let greetings = words.map(move |word| format!("{greeting} {word}"));
        greetings.print();

        let numbers = rate(100, count = 10).filter_map(|n| n.value.checked_mul(2));
        let (even, odd) = numbers.split(|n| n % 4 == 0);
        let (small, large, rest) = odd.branch(|n| *n < 5, |n| *n < 50);
        even.print();
        small.print();
        large.print();
        rest.print();

        let logged = files("logs/*.jsonl").json::<Order>().on_error(skip);
        let listed = files("lists/*.csv").csv::<Order>(
            header = true,
            delimiter = b';',
            null = "NA",
            comment = b'#',
            trim = true,
            flexible = false,
            max_record = 1MiB,
        );
        listed.errors().print();
        let given = memory(orders).map(Order::clone);
        /// All orders.
        #[was = "orders"]
        #[was = "store"]
        let shop = union(logged, listed, given)
            .inspect(|order| assert!(order.amount >= 0.0))
            .event_time(|order| order.at, max_delay = delay, idle = 1min);
        let users = shop.key_by(|order| order.user.as_str());
        let minutes = users.window(tumbling(1min)).agg(Total {
            user: key(),
            from: window_start(),
            to: window_end(),
            orders: count(),
            revenue: sum(|order| order.amount),
            mean: avg(|order| order.amount),
            extremes: (max(|order| order.amount), min(|order| order.amount)),
            ends: (first(|order| order.amount), last(|order| order.amount)),
            amounts: collect(|order| order.amount),
            different: count_distinct(|order| order.amount > LIMIT),
            best: top(3, |order| order.amount),
        });
        minutes.to(collect(totals));
        minutes.to(files(folder).jsonl().non_finite(null).roll(every = delay));
        minutes.late().to(files("late").roll(size = 64MiB, every = 10min).csv());
        minutes
            .map(|total| (total.user, total.orders))
            .to(files("pairs").csv().columns(["user", "n"]));

        let per_batch = users.batch().count();
        per_batch.print();
        let so_far = users.running(ttl = 1h).sum(|order| order.amount);
        so_far.print();
        let dearest = users
            .running(unbounded)
            .reduce(|a, b| if a.amount > b.amount { a } else { b });
        dearest.print();
        let spent = users.batch().fold(0.0, |spent, order| spent + order.amount);
        spent.print();
    }
);

#[test]
fn compiles() {
    let pipeline = everything("out", Vec::new(), Collected::new(), Duration::from_secs(1));
    assert!(pipeline.explain().to_string().contains("minutes"));
}
