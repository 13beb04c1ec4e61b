//! JSON from one topic, totals per user and minute to another, what cannot be read or came too late to two more.
//!
//! Start a broker with `cargo run -p test-services --bin kafka`, create the topics, then
//! `cargo run -p streaming-examples --features kafka --example kafka_totals -- 127.0.0.1:9092`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

/// A message of topic `orders`; the user borrows from it, unless it is written with escapes.
#[derive(Deserialize, Serialize)]
struct Order<'a> {
    #[serde(borrow)]
    user: Cow<'a, str>,
    at: i64,
    cents: u64,
}

#[derive(Serialize)]
struct Total {
    user: String,
    from: i64,
    orders: u64,
    cents: u64,
}

stream_pipeline!(
    /// What every user spends in a minute.
    pub fn spending(servers: &str) {
        settings(trigger = available_now);

        let orders = kafka("orders")
            .brokers(servers)
            .json::<Order<'_>>()
            .on_error(dead_letter(kafka("orders.dead")))
            .event_time(|order| order.at, max_delay = 30s, idle = 1min);
        let totals = orders.key_by(|order| &*order.user).window(tumbling(1min)).agg(Total {
            user: key(),
            from: window_start(),
            orders: count(),
            cents: sum(|order| order.cents),
        });
        totals.to(kafka("totals").key(|total| total.user.as_str()).json());
        totals.late().to(kafka("orders.late").json());
    }
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let servers = std::env::args().nth(1).ok_or("usage: kafka_totals BROKERS")?;
    let pipeline = spending(&servers);
    eprintln!("{}", pipeline.explain());
    let summary = pipeline.run_blocking()?;
    eprintln!(
        "{} orders, {} of them late, {} unreadable",
        summary.rows_in, summary.late, summary.errors
    );
    Ok(())
}
