//! The main job, on real data: 47,200 US flights in the order in which they were reported, which is not the order in which they were scheduled.
//!
//! For every large airport and six hours of *scheduled* time: how many flights left, and how late they were. Nothing but this repository is needed:
//! `cargo run --release -p streaming-examples --example flights`.

use std::fmt;

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

/// A line of `data/flights.csv`. Texts borrow from the bytes that were read.
#[derive(Deserialize)]
struct Flight<'a> {
    /// Epoch milliseconds.
    scheduled: i64,
    origin: &'a str,
    destination: &'a str,
    /// Minutes; negative when early.
    delay: i32,
}

/// An airport in six hours.
#[derive(Serialize)]
struct Departures {
    airport: String,
    from: i64,
    flights: u64,
    average_delay: f64,
    worst: i32,
    destinations: u64,
}

impl fmt::Display for Departures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.from.div_euclid(3_600_000);
        let (day, hour) = (hours.div_euclid(24) - 11_381, hours.rem_euclid(24));
        let Self {
            airport,
            flights,
            average_delay,
            worst,
            destinations,
            ..
        } = self;
        write!(
            f,
            "{day} March {hour:02}:00  {airport}  {flights:4} flights to {destinations:2} airports, "
        )?;
        write!(f, "{average_delay:6.1} min late on average, {worst:4} at worst")
    }
}

stream_pipeline!(
    /// The airports with the most flights, six hours at a time, and what came too late to be counted.
    pub fn departures(path: &str) {
        settings(trigger = available_now, max_batch_bytes = 256KiB);

        let flights = files(path)
            .csv::<Flight<'_>>()
            .on_error(skip)
            .event_time(|flight| flight.scheduled, max_delay = 2h);
        let departures = flights
            .key_by(|flight| flight.origin)
            .window(tumbling(6h))
            .agg(Departures {
                airport: key(),
                from: window_start(),
                flights: count(),
                average_delay: avg(|flight| flight.delay),
                worst: max(|flight| flight.delay),
                destinations: count_distinct(|flight| flight.destination),
            });
        let busy = departures.filter(|airport| airport.flights >= 180);
        busy.print();

        let too_late = departures.late().key_by(|flight| flight.origin).batch().count();
        too_late
            .map(|(airport, n)| format!("{airport}: {n} reported too late to count"))
            .print();
    }
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/flights.csv");
    let summary = departures(data).run_blocking()?;
    eprintln!("{summary:?}");
    Ok(())
}
