//! State and timers by hand: users who try to pay, fail, and are silent for five minutes. Someone should call them.
//!
//! Failures are counted until a payment succeeds. Each failure moves the user's timer; when it fires, the user was silent.
//!
//! `cargo run -p streaming-examples --example silent_users < payments.jsonl`

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

/// A line of the input: `{"user":"ann","at":1000,"cents":500,"failed":true}`.
#[derive(Deserialize)]
struct Payment {
    user: String,
    /// Epoch milliseconds.
    at: i64,
    cents: u64,
    failed: bool,
}

/// What is known of a user whose payments fail.
#[derive(Default, Clone, Serialize, Deserialize)]
struct Failed {
    payments: u32,
    cents: u64,
}

const FIVE_MINUTES: i64 = 5 * 60 * 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let payments = stdin().json::<Payment>().event_time(|p| p.at, max_delay = 10s);
        let silent = payments
            .key_by(|p| (p.user.as_str(), p.cents > 100_000))
            .state::<Failed>(ttl = 1h)
            .on_event(|failed, payment, cx| {
                if payment.failed {
                    failed.payments += 1;
                    failed.cents += payment.cents;
                    cx.set_timer(payment.at + FIVE_MINUTES);
                } else {
                    cx.clear();
                }
            })
            .on_timer(|failed, cx| {
                let (user, large) = cx.key();
                let how = if *large { "urgently " } else { "" };
                cx.emit(format!(
                    "{how}call {user}: {} failures, {} cents",
                    failed.payments, failed.cents
                ));
                cx.clear();
            });
        silent.print();
    });
    pipeline.run_blocking()?;
    Ok(())
}
