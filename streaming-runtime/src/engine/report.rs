//! What the log says while a pipeline runs: what it starts with, what changes, and a summary every ten seconds.

use std::time::Duration;

use tracing::info;

use super::book::Book;
use crate::progress::{BatchProgress, lag, tell};

const TARGET: &str = "streaming_runtime";
/// How often there is a summary.
const EVERY: Duration = Duration::from_secs(10);
/// Changes of partitions are gathered for so long.
const GATHER: Duration = Duration::from_secs(1);
/// How many partitions a line names.
const NAMED: usize = 8;

/// What was not told yet.
#[derive(Debug, Default)]
pub(super) struct Report {
    since: Duration,
    batches: u64,
    rows_in: u64,
    rows_out: u64,
    late: u64,
    errors: u64,
    ahead: u64,
    lag: u64,
    watermark: Option<i64>,
    changes: Vec<String>,
    more: usize,
    changed: Option<Duration>,
}

impl Report {
    /// A batch is written.
    pub(super) fn add(&mut self, batch: &BatchProgress) {
        self.batches += 1;
        self.rows_in += batch.rows_in;
        self.rows_out += batch.rows_out();
        self.late += batch.late;
        self.errors += batch.errors;
        self.ahead += batch.ahead;
        self.lag = lag(batch);
        self.watermark = batch.watermark;
    }

    /// Something has changed that the next line is to tell.
    pub(super) fn changed(&mut self, what: String, now: Duration) {
        self.changed.get_or_insert(now);
        if self.changes.len() < NAMED {
            self.changes.push(what);
        } else {
            self.more += 1;
        }
    }

    /// Tells what is due.
    pub(super) fn tell(&mut self, book: &Book) {
        let now = book.time.elapsed();
        if self.changed.is_some_and(|since| now.saturating_sub(since) >= GATHER) {
            self.tell_changes(book);
        }
        let span = now.saturating_sub(self.since);
        if span < EVERY {
            return;
        }
        if self.batches > 0 {
            self.summary(book, span);
        }
        // What has changed waits for a line of its own.
        *self = Self {
            since: now,
            changes: std::mem::take(&mut self.changes),
            more: self.more,
            changed: self.changed,
            ..Self::default()
        };
    }

    /// Tells what changed, at once.
    pub(super) fn tell_changes(&mut self, book: &Book) {
        if self.changed.take().is_some() {
            let text = std::mem::take(&mut self.changes).join(", ");
            let text = match std::mem::take(&mut self.more) {
                0 => text,
                more => format!("{text} and {more} more"),
            };
            tell(&book.settings.name, &text);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for a person")]
    fn summary(&self, book: &Book, span: Duration) {
        let delay = self.watermark.filter(|at| *at != i64::MAX);
        let delay = delay.map(|at| book.time.epoch_millis().saturating_sub(at));
        info!(
            target: TARGET,
            pipeline = book.settings.name,
            batches = self.batches,
            rows_in = self.rows_in,
            rows_out = self.rows_out,
            rows_per_second = (self.rows_in as f64 / span.as_secs_f64()).round(),
            lag = self.lag,
            watermark_delay_ms = delay,
            late = self.late,
            errors = self.errors,
            ahead = self.ahead,
            "the last {} s",
            span.as_secs()
        );
    }
}

/// The first line: what the pipeline is, what it promises, where it resumes, and what is no longer as it was.
pub(super) fn started(book: &Book, guarantee: &str, changed: &[String]) {
    let checkpoint = book.settings.checkpoint.as_ref();
    let checkpoint = checkpoint.map_or_else(|| "none".to_owned(), |directory| directory.display().to_string());
    let resumes = match (book.batch, book.settings.checkpoint.is_some()) {
        (0, true) => "begins with batch 0".to_owned(),
        (0, false) => "begins".to_owned(),
        (batch, _) => format!("resumes with batch {batch}"),
    };
    info!(
        target: TARGET,
        pipeline = book.settings.name,
        guarantee,
        checkpoint,
        sources = sources(book),
        changed = (!changed.is_empty()).then(|| changed.join("; ")),
        "{resumes}"
    );
}

/// `orders from orders/0 at 17, orders/1 at 4; rates from the start`
fn sources(book: &Book) -> String {
    let source = |(number, source): (usize, &super::ledger::SourceInfo)| {
        let at: Vec<_> = book.ledger.positions.of(number, source.arm).collect();
        let more = at.len().saturating_sub(NAMED);
        let mut places: Vec<String> = at
            .into_iter()
            .take(NAMED)
            .map(|resume| format!("{} at {}", resume.label, resume.next))
            .collect();
        if more > 0 {
            places.push(format!("{more} more"));
        }
        if places.is_empty() {
            source.name.to_owned()
        } else {
            format!("{} from {}", source.name, places.join(", "))
        }
    };
    let all: Vec<String> = book.ledger.sources().iter().enumerate().map(source).collect();
    all.join("; ")
}
