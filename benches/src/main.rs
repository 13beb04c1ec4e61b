//! Benchmarks: each pipeline against the best loop that we could write by hand for the same work.
//!
//! `cargo run --release -p streaming-benches -- --help` says how to run them. Machines are shared and noisy, so both
//! sides run in turns in one process, and what counts is the ratio between them.
//!
//! A benchmark is a module: `mod.rs` says which rows come out, makes the input and holds what both sides do with a record;
//! `hand.rs` is the loop; `ours.rs` the pipeline, which joins with `Case::new(…).ours(move |threads| ours::run(threads, input))`.
//! Both return a [`harness::Measured`]: `Measured::of(records, || rows)` stops the clock before it looks at the rows. The
//! harness fails if the two sides, two runs or two numbers of threads give different rows, in whatever order.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

mod args;
mod batch;
mod checkpoint;
mod data;
mod hand;
mod harness;
mod interval_join;
mod json_bids;
#[cfg(feature = "kafka")]
mod kafka;
mod keyed_sum;
mod memory;
mod nexmark_q1;
mod nexmark_q2;
mod nexmark_q7;
mod ours;
mod pool;
mod report;
mod silent_users;
mod sliding_sum;
mod word_count;

use std::process::ExitCode;

use args::Args;
use harness::{Case, Scale};

/// What those use who care for speed. The C library's gets slower the more small pieces were freed before.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A benchmark that can be asked for by name.
struct Entry {
    name: &'static str,
    /// What is measured, for `--list`.
    about: &'static str,
    /// Whether it runs when no name is given.
    default: bool,
    case: fn(&Scale) -> Case,
}

/// All benchmarks, in the order of the table.
#[rustfmt::skip]
const BENCHMARKS: &[Entry] = &[
    Entry { name: "word_count", about: "words of a text, counted; a record is a word", default: true, case: word_count::case },
    Entry { name: "nexmark_q1", about: "typed bids, price converted", default: true, case: nexmark_q1::case },
    Entry { name: "nexmark_q2", about: "typed bids, filtered by auction", default: true, case: nexmark_q2::case },
    Entry { name: "nexmark_q7", about: "typed bids, the highest of each 10 s", default: true, case: nexmark_q7::case },
    Entry { name: "keyed_sum_1k", about: "tumbling 10 s sums out of order, 1,000 keys", default: true, case: keyed_sum::case_1k },
    Entry { name: "keyed_sum_1m", about: "the same, 1,000,000 keys", default: true, case: keyed_sum::case_1m },
    Entry { name: "keyed_sum_10m", about: "the same, 10,000,000 keys, five times the rate", default: false, case: keyed_sum::case_10m },
    Entry { name: "keyed_sum_1k_str", about: "the same, 1,000 user names", default: true, case: keyed_sum::case_1k_str },
    Entry { name: "keyed_sum_1m_str", about: "the same, 1,000,000 user names", default: true, case: keyed_sum::case_1m_str },
    Entry { name: "sliding_sum", about: "sums of the last 60 s every second, out of order, 10,000 keys", default: true, case: sliding_sum::case_10k },
    Entry { name: "silent_users", about: "state and a timer by hand: users silent for 20 s, 1,000,000 keys, in order", default: true, case: silent_users::case },
    Entry { name: "interval_join", about: "pairs of events of one of 1,000,000 users within 10 s, out of order", default: true, case: interval_join::case_1m },
    Entry { name: "json_bids", about: "JSON bids (all fields), counted per auction and 10 s", default: true, case: json_bids::case },
    Entry { name: "json_bids_narrow", about: "the same, of 7 fields only the 2 that are used", default: true, case: json_bids::case_narrow },
    Entry { name: "batch_empty", about: "a batch of nothing; a record is a batch", default: true, case: batch::case_empty },
    Entry { name: "batch_1k", about: "batches of 1,000 records, summed by key", default: true, case: batch::case_1k },
    Entry { name: "checkpoint_1k", about: "batches of 1,000 records, running sums, each batch made durable", default: true, case: checkpoint::case_1k },
    Entry { name: "checkpoint_100mb", about: "the same, batches that change a hundredth of 100 MB of state", default: true, case: checkpoint::case_100mb },
    Entry { name: "restart_100mb", about: "from the start until the first batch is durable, with 100 MB of state; a record is a user", default: true, case: checkpoint::case_restart },
    Entry { name: "restart_1gb", about: "the same with 1 GB", default: false, case: checkpoint::case_restart_1gb },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_fetch", about: "messages of about 100 B fetched, not parsed", default: true, case: kafka::fetch::case },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_k1", about: "Kafka to Kafka at least once: tumbling 10 s sums by user, about an output a record", default: true, case: kafka::k1::case },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_k2", about: "Kafka to Kafka at least once: parse, filter half, project", default: true, case: kafka::k2::case },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_k1_once", about: "k1 exactly once: a transaction about every 100 ms, ours with a checkpoint", default: true, case: kafka::k1::case_once },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_k2_once", about: "k2 exactly once", default: true, case: kafka::k2::case_once },
    #[cfg(feature = "kafka")]
    Entry { name: "kafka_k3", about: "Kafka to Kafka exactly once as soon as possible: latency at 10,000 messages a second", default: false, case: kafka::k3::case },
];

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if args.list {
        for entry in BENCHMARKS {
            println!(
                "{:18} {}{}",
                entry.name,
                entry.about,
                if entry.default { "" } else { " (only by name)" }
            );
        }
        return ExitCode::SUCCESS;
    }
    memory::keep_what_is_freed();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let unknown = args
        .names
        .iter()
        .find(|name| !BENCHMARKS.iter().any(|entry| matches(entry.name, name)));
    if let Some(name) = unknown {
        return Err(format!("no benchmark is called `{name}`; `--list` names them"));
    }
    let mut lines = Vec::new();
    for entry in BENCHMARKS {
        let wanted = if args.names.is_empty() {
            entry.default
        } else {
            args.names.iter().any(|n| matches(entry.name, n))
        };
        if !wanted {
            continue;
        }
        let case = (entry.case)(&args.scale);
        if let Some(who) = args.peak {
            return memory::print_peak(&case, args.threads[0], who);
        }
        eprintln!("{}: {}", entry.name, entry.about);
        lines.extend(harness::run(entry.name, &case, args)?);
    }
    print!("{}", report::table(&lines));
    if let Some(path) = &args.json {
        let json = report::json(&lines, args)?;
        std::fs::write(path, json).map_err(|e| format!("cannot write {path}: {e}"))?;
    }
    Ok(())
}

/// A name asks for the benchmark of that name; with a `*` at its end, for all that begin with it.
fn matches(benchmark: &str, asked: &str) -> bool {
    asked
        .strip_suffix('*')
        .map_or(benchmark == asked, |start| benchmark.starts_with(start))
}
