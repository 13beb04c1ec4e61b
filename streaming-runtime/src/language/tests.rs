//! What an editor is shown of sound pipelines: rustc finds types for the same tokens. None of it is run.
#![allow(
    dead_code,
    clippy::semicolon_if_nothing_returned,
    clippy::let_unit_value,
    clippy::let_underscore_untyped,
    clippy::needless_pass_by_value,
    clippy::redundant_closure_for_method_calls,
    clippy::needless_borrow,
    clippy::map_identity,
    clippy::needless_update,
    clippy::cast_possible_wrap,
    clippy::redundant_closure,
    clippy::cast_precision_loss,
    clippy::blocks_in_conditions,
    unused_braces,
    reason = "as the macro emits it"
)]

use serde::{Deserialize, Serialize};

use crate::sink::Collected;

/// A pipeline as an editor reads it.
macro_rules! shown {
    ($($tokens:tt)*) => {
        streaming_macros::editor! { [crate] $($tokens)* }
    };
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Order {
    id: u64,
    user: String,
    amount: f64,
    ts: i64,
}

#[derive(Debug, Clone, Serialize)]
struct Total {
    user: String,
    from: i64,
    n: u64,
    sum: f64,
    mean: f64,
    last: u64,
    words: Vec<String>,
    best: Vec<Order>,
    kinds: u64,
}

shown!(
    fn totals(limit: f64, dir: String) {
        settings(
            batch_interval = 1s,
            name = "totals",
            checkpoint = dir,
            threads = 2,
            guarantee = at_least_once,
            key_partitions = 16,
            max_batch_rows = 1000,
            max_batch_bytes = 64MiB,
            max_in_flight_bytes = 64MiB,
            task_tries = 3,
            on_panic = skip,
            brokers = "127.0.0.1:9092",
        );
        let orders = files("in/*.jsonl")
            .json::<Order>()
            .on_error(dead_letter(files("rejected").jsonl()))
            .event_time(|order| order.ts, max_delay = 30s, idle = 1min, max_ahead = unbounded);
        let totals = orders
            .key_by(|order| order.user.as_str())
            .window(tumbling(7d, offset = -3d))
            .agg(Total {
                user: key(),
                from: window_start(),
                n: count(),
                sum: sum(|order| order.amount),
                mean: sum(|order| order.amount) / count() as f64,
                last: last(|order| order.id),
                words: collect(|order| order.user.as_str()),
                best: top(3, |order| order.id),
                kinds: count_distinct(|order| order.user.as_str()),
            });
        totals
            .filter(|total| total.n > 3 && total.sum < limit)
            .to(files("totals").jsonl().roll(size = 64MiB, every = 1h));
        totals.late().map(|order| order.amount).print();
        totals.errors().map(|letter| letter.offset).print();
        orders.errors().to(files("errors").jsonl());
    }
);

shown!(
    fn shapes(values: Vec<i64>, sums: Collected<(i64, i64)>, all: Collected<i64>) {
        settings(trigger = available_now);
        let factor = 2;
        let numbers = memory(values).inspect(|n| assert!(**n > 0));
        let (big, rest) = numbers.split(|n| **n > 100);
        let (even, third, other) = rest.branch(|n| **n % 2 == 0, |n, meta| meta.offset() > 3 && **n % 3 == 0);
        let all_numbers = union(
            big.map(|n| n * factor),
            even.map(|n| *n),
            third.map(|n, meta| *n + meta.offset() as i64),
        );
        let sums_by = all_numbers.key_by(|n| n % 10).batch().sum(|n| *n);
        sums_by.to(collect(sums));
        all_numbers
            .flat_map(|n| [n, n])
            .filter_map(|n| Some(n))
            .to(collect(all));
        other.print();
        let most = numbers.key_by(|n| **n % 10).running(ttl = 1h).reduce(|a, b| a.max(b));
        most.map(|(key, n)| key + n).print();
        let folded = numbers
            .key_by(|n| **n % 10)
            .running(unbounded)
            .fold(0, |so_far, n| so_far + n);
        folded.map(|(key, n)| key + n).print();
        let steps = all_numbers
            .event_time(|n| *n, max_delay = 1s)
            .key_by(|n| n % 10)
            .state::<Order>(ttl = 1h)
            .on_event(|last, n, cx| {
                last.id += n.unsigned_abs();
                cx.set_timer(cx.event_time() + 1);
                cx.emit((*cx.key() + n, last.user.clone()));
            })
            .on_timer(|last, cx| cx.emit((cx.time(), last.user.clone())));
        steps.map(|(n, user)| format!("{n} {user}")).print();
        let lengths = numbers
            .key_by(|n| **n)
            .state::<u64>(unbounded)
            .on_event(|so_far, n, cx| cx.emit(*so_far + n.unsigned_abs()));
        lengths.map(|n| n + 1).print();
    }
);

shown!(
    fn words(channel_of: tokio::sync::mpsc::Receiver<String>) {
        let lines = union(stdin().lines(), socket("127.0.0.1:9999", reconnect = 1s).lines());
        let words = lines.flat_map(|line| line.split_whitespace());
        let counts = words.key_by(|word| *word).batch().count();
        counts.map(|(word, n)| format!("{word} {n}")).print();
        let longest = words
            .key_by(|word| word.len())
            .batch()
            .agg((key(), max(|word| *word), min(|word| word.len())));
        longest
            .map(|(n, word, least): (usize, String, usize)| n + word.len() + least)
            .print();
        let ticks = rate(10, count = 3).map(|tick| tick.value);
        ticks.print();
        channel(channel_of).map(|text| text.len()).print();
        let pairs = files("*.csv")
            .csv::<(String, u64)>(
                header = false,
                delimiter = b';',
                null = "NA",
                comment = b'#',
                trim = true,
                flexible = true,
                max_record = 1MiB,
            )
            .on_error(skip);
        pairs.map(|pair| pair.1).print();
    }
);

#[cfg(feature = "kafka")]
shown!(
    fn topics(brokers: &str) {
        let orders = kafka("orders")
            .brokers(brokers)
            .start(earliest)
            .config("fetch.min.bytes", 1)
            .json::<Order>();
        orders.to(kafka("copy").brokers(brokers).key(|order| &order.user).json());
        let raw = kafka("raw").brokers(brokers).start(timestamp(3));
        raw.filter(|message| message.offset() > 3)
            .map(|message| message.partition())
            .print();
    }
);

/// The examples of the operators stand where an editor shows them, each with one.
#[test]
fn every_operator_has_an_example() {
    let files = [
        include_str!("records.rs"),
        include_str!("keyed.rs"),
        include_str!("state.rs"),
        include_str!("joins.rs"),
        include_str!("sources.rs"),
    ];
    let mut operators = 0;
    for file in files {
        for (at, _) in file
            .match_indices("\n    pub fn ")
            .chain(file.match_indices("\npub fn "))
        {
            let before = file[..at].rsplit("\n\n").next().unwrap_or_default();
            let option = before.contains("Option") || file[at..].contains("-> Self {") && !before.contains("```");
            if before.contains("doc(hidden)") || option {
                continue;
            }
            operators += 1;
            assert!(before.contains("/// ```"), "{}", &file[at..file.len().min(at + 60)]);
        }
    }
    // The macro that makes the aggregates gives each an example.
    let aggregates = include_str!("aggregates.rs").matches("\n        /// `").count();
    assert!(operators + aggregates > 40, "{operators} and {aggregates}");
}
