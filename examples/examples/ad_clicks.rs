//! Two streams in one: clicks within 15 minutes of the impression that they belong to, and what each campaign earned by the hour.
//!
//! `cargo run -p streaming-examples --example ad_clicks`

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

const MINUTE: i64 = 60_000;

/// An ad was shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Impression {
    id: u64,
    campaign: String,
    at: i64,
}

/// Somebody clicked on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Click {
    impression: u64,
    at: i64,
    cents: u64,
}

/// What a campaign earned in an hour.
#[derive(Debug)]
struct Earned {
    campaign: String,
    hour: i64,
    clicks: u64,
    cents: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let impressions = memory(impressions()).event_time(|shown| shown.at, max_delay = 1min);
        let clicks = memory(clicks()).event_time(|click| click.at, max_delay = 1min);
        // A click belongs to an impression that is at most 15 minutes older.
        let clicked = impressions
            .join(clicks)
            .on(|shown| shown.id, |click| click.impression)
            .within(0s..=15min);
        let earned = clicked
            .key_by(|(shown, _)| shown.campaign.as_str())
            .window(tumbling(1h))
            .agg(Earned {
                campaign: key(),
                hour: window_start() / (60 * MINUTE),
                clicks: count(),
                cents: sum(|(_, click)| click.cents),
            });
        earned
            .map(|earned| {
                let Earned {
                    campaign,
                    hour,
                    clicks,
                    cents,
                } = earned;
                format!("{hour}:00  {campaign:<6} {clicks:>3} clicks  {cents:>4} cents")
            })
            .print();
    });
    print!("{}", pipeline.explain());
    pipeline.run_blocking()?;
    Ok(())
}

/// One every ten seconds for two hours, of two campaigns in turn.
fn impressions() -> Vec<Impression> {
    let campaigns = ["spring", "summer"];
    let shown = (0..720).map(|id| Impression {
        id,
        campaign: campaigns[usize::from(id % 2 == 1)].to_owned(),
        at: i64::try_from(id).unwrap_or_default() * MINUTE / 6,
    });
    shown.collect()
}

/// Every tenth impression is clicked on, each later than the one before: after 15 minutes a click counts no longer.
fn clicks() -> Vec<Click> {
    let clicked = (0..72u64).map(|n| Click {
        impression: n * 10 + n % 2,
        at: i64::try_from(n * 10 + n % 2).unwrap_or_default() * MINUTE / 6
            + i64::try_from(n % 20).unwrap_or_default() * MINUTE,
        cents: 5 + n % 3,
    });
    let mut clicks: Vec<Click> = clicked.collect();
    clicks.sort_by_key(|click| click.at);
    clicks
}
