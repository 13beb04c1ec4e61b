//! How a pipeline is tested: typed pushes, virtual time, one call a batch. No broker, no threads, no waiting.
//!
//! `cargo test -p streaming-examples --example testing`

use serde::{Deserialize, Serialize};
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

/// A payment as it comes in.
#[derive(Serialize, Deserialize)]
pub struct Payment {
    user: String,
    at: i64,
    cents: u64,
}

/// What a user paid in a minute.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub struct Total {
    user: String,
    from: i64,
    cents: u64,
}

stream_pipeline!(
    /// Totals per user and minute, as JSON lines.
    pub fn totals(input: &str, output: &str) {
        settings(trigger = available_now);

        let payments = files(input).json::<Payment>().event_time(|payment| payment.at, max_delay = 10s);
        let totals = payments.key_by(|payment| payment.user.as_str()).window(tumbling(1min)).agg(Total {
            user: key(),
            from: window_start(),
            cents: sum(|payment| payment.cents),
        });
        totals.to(files(output).jsonl());
        totals.late().to(files(format!("{output}/late")).jsonl());
    }
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else {
        eprintln!("usage: testing INPUT_GLOB OUTPUT_DIR");
        return Ok(());
    };
    totals(&input, &output).run_blocking()?;
    Ok(())
}
