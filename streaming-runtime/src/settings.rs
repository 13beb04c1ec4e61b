//! Settings of a pipeline.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::PipelineError;

/// When a batch closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// At every interval. What arrives in between is worked on at once; the close merges, fires windows, writes. An interval in
    /// which nothing came and no window closed is not a batch: it has no number and reaches no sink and no listener.
    Interval(Duration),
    /// As soon as the batch before is written and something has arrived.
    Asap,
    /// Everything that is there now, in as many batches as the limits need; then the run ends. Windows that are open then are closed; with a checkpoint they
    /// wait for the next run, unless nothing more can come from their sources.
    AvailableNow,
}

/// What becomes of a record over which a closure panics in each of its [tries](Settings::task_tries).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnPanic {
    /// The batch fails: nothing of it is written, and the pipeline ends.
    #[default]
    Fail,
    /// The record is passed over and counted (`skipped`).
    Skip,
    /// The record goes where the decoder's errors go, and is counted (`dead_lettered`).
    DeadLetter,
}

/// Settings of a pipeline: from `settings(…)`, and changed at run time by the methods of [`Pipeline`](crate::Pipeline).
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the pipeline.
    pub name: String,
    /// When a batch closes. Default: every second.
    pub trigger: Trigger,
    /// Worker threads. Default: one per core.
    pub threads: Option<usize>,
    /// Partitions of keyed state, a power of two: the most threads that a close can use. Default: 16.
    pub key_partitions: usize,
    /// A batch closes early when it has this many rows. Default: 4 million.
    pub max_batch_rows: u64,
    /// A batch closes early when it has this many bytes of input. Default: 256 MiB.
    pub max_batch_bytes: u64,
    /// Input that was fetched and not yet worked on: above it, sources wait. Default: 64 MiB.
    pub max_in_flight_bytes: u64,
    /// How often a task is tried in all before its panic counts. Default: 3.
    pub task_tries: u32,
    /// What becomes of a record over which a closure panics in each try. The loops are compiled for it, so that it cannot be changed at run time.
    #[doc(hidden)]
    pub on_panic: OnPanic,
    /// Directory of the checkpoint: positions and state are kept there, and the next run goes on from them. Default: none.
    pub checkpoint: Option<PathBuf>,
    /// A checkpoint without a batch is meant to be new, though sources or sinks know of batches. Default: no.
    pub fresh: bool,
    /// Operators that the pipeline no longer has, and whose state the checkpoint need not keep. Default: none.
    pub forget: Vec<String>,
    /// All windows are closed when the run ends. Default: no.
    pub drained: bool,
    /// Event times of the checkpoint after this one (epoch milliseconds) have not been seen, and watermarks that they have moved are set back. Default:
    /// none.
    pub reset_watermark: Option<i64>,
    /// How long a pipeline that a signal has stopped may take to end in good order. Default: 30 seconds.
    pub stop_timeout: Duration,
    /// Whether the pipeline must not run under a weaker promise than exactly-once: a checkpoint is needed then.
    pub exactly_once: bool,
}

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            trigger: Trigger::Interval(Duration::from_secs(1)),
            threads: None,
            key_partitions: 16,
            max_batch_rows: 4_000_000,
            max_batch_bytes: 256 << 20,
            max_in_flight_bytes: 64 << 20,
            task_tries: 3,
            on_panic: OnPanic::Fail,
            checkpoint: None,
            fresh: false,
            forget: Vec::new(),
            drained: false,
            reset_watermark: None,
            stop_timeout: Duration::from_secs(30),
            exactly_once: false,
        }
    }
    /// Says what makes no sense.
    pub(crate) fn check(&self) -> Result<(), PipelineError> {
        let problem = if !self.key_partitions.is_power_of_two() {
            format!("`key_partitions` must be a power of two, not {}", self.key_partitions)
        } else if self.threads == Some(0) {
            "`threads` must be at least 1".to_owned()
        } else if self.max_batch_rows == 0 {
            "`max_batch_rows` must be at least 1".to_owned()
        } else if self.max_batch_bytes == 0 {
            "`max_batch_bytes` must be at least 1 byte".to_owned()
        } else if self.task_tries == 0 {
            "`task_tries` must be at least 1".to_owned()
        } else if self.max_in_flight_bytes == 0 {
            "`max_in_flight_bytes` must be at least 1 byte".to_owned()
        } else if self.trigger == Trigger::Interval(Duration::ZERO) {
            "`batch_interval` must be longer than 0; use `trigger(Trigger::Asap)` for batches without an interval"
                .to_owned()
        } else if self.exactly_once && self.checkpoint.is_none() {
            "`guarantee = exactly_once` needs a checkpoint: add `settings(checkpoint = \"dir\")`, or `.checkpoint(dir)` on the pipeline"
                .to_owned()
        } else {
            return Ok(());
        };
        Err(PipelineError::Setting(problem))
    }
}
