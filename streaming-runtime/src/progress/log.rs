use tracing::{Level, event};

use super::BatchProgress;

const TARGET: &str = "streaming_runtime::batch";

/// The level of an event is part of its static description, so that each level is an event of its own.
macro_rules! line {
    ($progress:expr, $level:expr) => {
        event!(
            target: TARGET,
            $level,
            pipeline = $progress.pipeline,
            batch = $progress.batch,
            rows_in = $progress.rows_in,
            rows_out = $progress.rows_out(),
            rows_per_second = $progress.rows_per_second_in.round(),
            ingest_us = $progress.phases.ingest_us,
            close_us = $progress.phases.close_us,
            write_us = $progress.phases.write_us,
            commit_us = $progress.phases.commit_us,
            watermark = $progress.watermark,
            lag = $progress.partitions.iter().filter_map(|partition| partition.lag).sum::<u64>(),
            late = $progress.late,
            errors = $progress.errors,
            "batch written"
        )
    };
}

/// Writes the one line per batch: at `INFO` when the batch read or wrote something, else at `DEBUG`.
pub(crate) fn log(progress: &BatchProgress) {
    if did_something(progress) {
        line!(progress, Level::INFO);
    } else {
        line!(progress, Level::DEBUG);
    }
}

/// Says that a stop leaves state behind.
pub(crate) fn warn_of_state(pipeline: &str, rows: u64) {
    if rows > 0 {
        event!(
            target: TARGET,
            Level::WARN,
            pipeline,
            state_rows = rows,
            "stopped with open windows or running aggregates: they rest in memory and are gone with the pipeline"
        );
    }
}

fn did_something(progress: &BatchProgress) -> bool {
    progress.rows_in > 0 || progress.late > 0 || progress.errors > 0 || progress.rows_out() > 0
}
