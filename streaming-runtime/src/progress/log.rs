//! What the log says of a running pipeline. `INFO` can be left on: a line when something changes, and a summary every ten seconds at most.

use tracing::{debug, info, warn as warning};

use super::{BatchProgress, NoticeKind, shown};
use crate::error::FailedAt;

const TARGET: &str = "streaming_runtime::batch";
const PIPELINE: &str = "streaming_runtime";

/// The line of a batch, for debugging.
pub(crate) fn log(progress: &BatchProgress) {
    debug!(
        target: TARGET,
        pipeline = progress.pipeline,
        batch = progress.batch,
        rows_in = progress.rows_in,
        rows_out = progress.rows_out(),
        rows_per_second = progress.rows_per_second_in.round(),
        ingest_us = progress.phases.ingest_us,
        close_us = progress.phases.close_us,
        write_us = progress.phases.write_us,
        commit_us = progress.phases.commit_us,
        watermark = progress.watermark,
        lag = lag(progress),
        late = progress.late,
        errors = progress.errors,
        "batch written"
    );
}

/// Records that wait in the sources, as far as they know.
pub(crate) fn lag(progress: &BatchProgress) -> u64 {
    progress.partitions.iter().filter_map(|partition| partition.lag).sum()
}

/// Says that a stop leaves state behind.
pub(crate) fn warn_of_state(pipeline: &str, rows: u64) {
    if rows > 0 {
        warning!(
            target: TARGET,
            pipeline,
            state_rows = rows,
            "stopped with open windows or running aggregates: they rest in memory and are gone with the pipeline"
        );
    }
}

/// Says what a person should look at.
pub(crate) fn warn(pipeline: &str, message: &str) {
    warning!(target: PIPELINE, pipeline, "{message}");
}

/// Says what has changed.
pub(crate) fn tell(pipeline: &str, message: &str) {
    info!(target: PIPELINE, pipeline, "{message}");
}

/// The first record of its kind in an operator; the others are only counted. The wall clock shows `wall`.
pub(crate) fn first_of_its_kind(pipeline: &str, operator: &str, kind: NoticeKind, place: &FailedAt, wall: i64) {
    match kind {
        NoticeKind::Late => info!(
            target: PIPELINE,
            pipeline,
            "first late record, in `{operator}`, {place}: the watermark has passed what it belongs to; more of them are counted (`late`), and `.late()` behind a window reads them"
        ),
        NoticeKind::Undecodable => warning!(
            target: PIPELINE,
            pipeline,
            "first record that `{operator}` cannot decode, {place}; more of them are counted (`errors`)"
        ),
        NoticeKind::Panicked => warning!(
            target: PIPELINE,
            pipeline,
            "first record that `{operator}` panics over in each try, {place}: it is set aside; more of them are counted (`errors`)"
        ),
        NoticeKind::Refused => warning!(
            target: PIPELINE,
            pipeline,
            "first record that sink `{operator}` refuses, {place}: it is set aside; more of them are counted (`errors`)"
        ),
        NoticeKind::Ahead(at) => warning!(
            target: PIPELINE,
            pipeline,
            "the event time of a record, {}, is too far ahead of this machine's clock, {}, in `{operator}`, {place}: it does not move the watermark, and \
             the record counts in its window; more of them are counted (`ahead`){}",
            when(at),
            shown(wall),
            likely_cause(at, wall)
        ),
    }
}

fn when(at: i64) -> String {
    format!("{at} ({})", shown(at))
}

/// What such a time looks like.
fn likely_cause(at: i64, wall: i64) -> String {
    if let Some(unit) = other_unit(at, wall) {
        format!("; it looks like {unit}")
    } else if wall < 1_600_000_000_000 {
        "; look whether this machine's clock is right".to_owned()
    } else {
        "; where such times are right, `max_ahead = …` in `event_time` says how far ahead they may be".to_owned()
    }
}

/// The unit of a time that is years from the present as milliseconds, and near it in another unit; and what to do about it.
pub(crate) fn other_unit(at: i64, wall: i64) -> Option<&'static str> {
    const TEN_YEARS: i64 = 10 * 365 * 86_400_000;
    let near = |at: i64| wall.saturating_sub(at).saturating_abs() < TEN_YEARS;
    if near(at) {
        None
    } else if near(at.saturating_mul(1_000)) {
        Some("seconds: multiply by 1,000 in `event_time`, as in `.event_time(|record| record.at * 1_000, …)`")
    } else if near(at / 1_000) {
        Some("microseconds: divide by 1,000 in `event_time`, as in `.event_time(|record| record.at / 1_000, …)`")
    } else if near(at / 1_000_000) {
        Some("nanoseconds: divide by 1,000,000 in `event_time`, as in `.event_time(|record| record.at / 1_000_000, …)`")
    } else {
        None
    }
}
