//! A pipeline in a library: the program in `examples/payments.rs` runs it, the test in `tests/payments.rs` puts it on the bench.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

/// A payment as it comes in.
#[derive(Serialize, Deserialize, Debug)]
pub struct Payment {
    /// Who pays.
    pub user: String,
    /// When, in epoch milliseconds.
    pub at: i64,
    /// How much.
    pub cents: u64,
}

/// What a user paid in a minute.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Total {
    /// Who paid.
    pub user: String,
    /// First millisecond of the minute.
    pub from: i64,
    /// How much in all.
    pub cents: u64,
}

stream_pipeline!(
    /// Totals per user and minute, as JSON lines.
    pub fn totals(input: &str, output: &str) {
        settings(trigger = available_now);

        let payments = files(input)
            .json::<Payment>()
            .event_time(|payment| payment.at, max_delay = 10s);
        let totals = payments
            .key_by(|payment| payment.user.as_str())
            .window(tumbling(1min))
            .agg(Total {
                user: key(),
                from: window_start(),
                cents: sum(|payment| payment.cents),
            });
        totals.to(files(output).jsonl());
        totals.late().to(files(format!("{output}/late")).jsonl());
    }
);
