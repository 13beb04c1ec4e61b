//! Everything so far: a total per sensor that lives as long as the sensor is heard of, from a source that makes records by itself.
//!
//! `cargo run -p streaming-examples --example running_totals`

use std::time::Duration;

use streaming_runtime::progress::BatchProgress;
use streaming_runtime::stream_pipeline;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pipeline = stream_pipeline!({
        settings(trigger = interval(200ms));

        let readings = rate(1_000, count = 1_000);
        let totals = readings.key_by(|reading| reading.value % 4).running(ttl = 1h).agg((
            key(),
            count(),
            max(|reading| reading.value),
        ));
        totals
            .map(|(sensor, n, last)| format!("sensor {sensor}: {n} readings, the last is {last}"))
            .print();
    });
    print!("{}", pipeline.explain());
    let summary = pipeline
        .batch_interval(Duration::from_millis(250))
        .listener(|batch: &BatchProgress| eprintln!("batch {} had {} readings", batch.batch, batch.rows_in))
        .run_blocking()?;
    eprintln!("{} readings in {} batches", summary.rows_in, summary.batches);
    Ok(())
}
