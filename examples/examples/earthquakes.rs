//! One stream, three results: the strongest earthquake of every region and day, what is not an earthquake at all, and what cannot be read.
//!
//! `cargo run -p streaming-examples --example earthquakes`

use std::fmt;

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

/// A line of `data/earthquakes.jsonl`, as far as it is read.
#[derive(Deserialize)]
struct Report<'a> {
    /// Epoch milliseconds.
    time: i64,
    mag: Option<f64>,
    #[serde(borrow)]
    place: std::borrow::Cow<'a, str>,
    kind: &'a str,
}

impl Report<'_> {
    /// `81km WNW of Skagway, Alaska` is in Alaska.
    fn region(&self) -> &str {
        self.place.rsplit(", ").next().unwrap_or_default()
    }
}

/// A region on a day.
#[derive(Serialize)]
struct RegionDay {
    region: String,
    day: i64,
    quakes: u64,
    strongest: f64,
}

impl fmt::Display for RegionDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            day,
            quakes,
            strongest,
        } = self;
        write!(
            f,
            "day {day}  magnitude {strongest:3.1}  strongest of {quakes:3} in {region}"
        )
    }
}

stream_pipeline!(
    /// Earthquakes of a week, by region and day; explosions and unreadable lines beside them.
    pub fn earthquakes(path: &str) {
        settings(trigger = available_now);

        let reports = files(path)
            .json::<Report<'_>>()
            .event_time(|report| report.time, max_delay = 7d);
        let (quakes, others) = reports.split(|report| report.kind == "earthquake");
        let days = quakes
            .filter(|quake| quake.mag.is_some())
            .key_by(Report::region)
            .window(tumbling(1d))
            .agg(RegionDay {
                region: key(),
                day: window_start() / 86_400_000,
                quakes: count(),
                strongest: max(|quake| quake.mag.unwrap_or_default()),
            });
        days.filter(|day| day.strongest >= 5.5).print();

        let kinds = others.key_by(|other| other.kind).batch().count();
        kinds
            .map(|(kind, n)| format!("not an earthquake: {n} x {kind}"))
            .print();
        reports.errors().print();
    }
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/earthquakes.jsonl");
    earthquakes(data).run_blocking()?;
    Ok(())
}
