mod boxed;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::{Graph, Launch, Ledger, Parts, Running, Summary, Topology, start};
use crate::error::PipelineError;
use crate::plan::{Explain, Plan};
use crate::progress::Listener;
use crate::settings::{Settings, Trigger};
use crate::sink::{About, Sinks, Visit};
use crate::source::Replay;
use crate::stage::Stages;
use crate::time::{Clock, EventTime};

pub use boxed::{Boxed, BoxedPipeline};

/// A pipeline, checked and compiled, that does nothing until it is run.
///
/// Made by `stream_pipeline!`. Its methods change settings, and then [run](Self::run), [start](Self::start),
/// [explain](Self::explain) or [test](Self::test) it.
#[must_use = "a pipeline does nothing until it is run"]
#[derive(Debug)]
pub struct Pipeline<G, L = ()> {
    parts: Parts<G>,
    listener: L,
    handle_signals: bool,
}

impl<S: Stages, K: Sinks> Pipeline<Topology<S, K>> {
    /// The pipeline that runs `stages` in this order and writes to `sinks`. `clocks` are those of the `event_time`s of the plan,
    /// in its order, each with the stage in whose loop it stands.
    #[doc(hidden)]
    pub fn new(plan: &'static Plan, settings: Settings, clocks: Vec<(u32, Arc<Clock>)>, stages: S, sinks: K) -> Self {
        Self {
            parts: Parts {
                plan,
                settings,
                clocks,
                graph: Topology { stages, sinks },
            },
            listener: (),
            handle_signals: true,
        }
    }
}

/// What runs: a [`Graph`], or a pipeline of any.
pub trait Runs: Sized + Send + 'static {
    #[doc(hidden)]
    fn started<L: Listener>(parts: Parts<Self>, listener: L, handle_signals: bool) -> Running;
    #[doc(hidden)]
    fn explained(parts: &Parts<Self>, settings: &Settings) -> Explain;
}

impl<G: Graph> Runs for G {
    fn started<L: Listener>(parts: Parts<G>, listener: L, handle_signals: bool) -> Running {
        start(Launch { parts, listener }, handle_signals)
    }

    fn explained(parts: &Parts<G>, settings: &Settings) -> Explain {
        let mut stages = Vec::new();
        G::Stages::sources(0, &mut stages);
        let ledger = Ledger::new(parts.plan, &stages, settings.checkpoint.is_some());
        let sources: Vec<(&str, Replay)> = ledger.sources().iter().map(|s| (s.name, s.replay)).collect();
        let mut sinks = Vec::new();
        parts.graph.sinks().visit(&mut Visit::Describe(&mut sinks));
        Explain::new(parts.plan, settings, &sources, &About::promises(&sinks))
    }
}

impl<G: Runs, L: Listener> Pipeline<G, L> {
    /// Runs the pipeline until its sources end, or it is stopped by SIGINT or SIGTERM.
    ///
    /// It runs on threads of its own, so that the future works on any executor and never blocks it; it starts when it is first
    /// polled. Dropping it stops the pipeline in good order: the open batch is still written.
    ///
    /// The first SIGINT or SIGTERM finishes the open batch and returns `Ok`. [`PipelineError::Interrupted`] is returned at once after a second one,
    /// and where the pipeline has not ended within [`stop_timeout`](Self::stop_timeout), whatever keeps it. Signals within 300 ms are one: `timeout`
    /// sends two. Windows that are open then are not emitted.
    #[expect(clippy::manual_async_fn, reason = "the future's bounds are promised")]
    pub fn run(self) -> impl Future<Output = Result<Summary, PipelineError>> + Send + use<G, L> {
        async move { self.launch(true).await }
    }

    /// [Runs](Self::run) the pipeline and blocks until its end: for a `main` that is not async.
    pub fn run_blocking(self) -> Result<Summary, PipelineError> {
        self.launch(true).join()
    }

    /// Starts the pipeline and returns what stops it and waits for it. Signals are not listened to.
    pub fn start(self) -> Running {
        self.launch(false)
    }

    fn launch(self, may_handle_signals: bool) -> Running {
        G::started(self.parts, self.listener, self.handle_signals && may_handle_signals)
    }

    /// What the pipeline will do, and what it promises: nothing is opened or run.
    #[must_use]
    pub fn explain(&self) -> Explain {
        G::explained(&self.parts, &self.parts.settings)
    }

    /// The same pipeline under a type that can be written down: for a field of a struct, or for a list of different pipelines.
    /// See [`BoxedPipeline`].
    pub fn boxed(self) -> BoxedPipeline {
        boxed::boxed(self)
    }
}

impl<G: Graph, L> Pipeline<G, L> {
    pub(crate) fn into_parts(self) -> Parts<G> {
        self.parts
    }
}

/// Settings, for every pipeline, boxed or not.
impl<G, L> Pipeline<G, L> {
    /// Calls the pipeline by this name: in the log, in its checkpoint, and as its Kafka consumer group where `.group(…)` says
    /// nothing else. A checkpoint belongs to the pipeline of one name: under another it is refused.
    ///
    /// ```
    /// use streaming_runtime::stream_pipeline;
    ///
    /// stream_pipeline!(
    ///     /// The orders of one shop.
    ///     fn orders(shop: &str) {
    ///         files(format!("{shop}/*.jsonl")).lines().print();
    ///     }
    /// );
    /// let pipeline = orders("berlin").name("orders-berlin");
    /// assert_eq!(pipeline.explain().pipeline, "orders-berlin");
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.parts.settings.name = name.into();
        self
    }

    /// Closes a batch at every interval. The default is every second.
    pub fn batch_interval(self, every: Duration) -> Self {
        self.trigger(Trigger::Interval(every))
    }

    /// Says when a batch closes.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.parts.settings.trigger = trigger;
        self
    }

    /// Keeps positions and state in this directory, and goes on from what is there: nothing is lost when the process dies, and
    /// nothing counts twice where sources and sinks allow it, which [`explain`](Self::explain) says. The directory is made where it is
    /// missing, and belongs to one pipeline of one process at a time.
    ///
    /// The run fails before anything is read where the checkpoint cannot be trusted, belongs to a pipeline of another name, or holds state that
    /// this pipeline cannot take over. `docs/upgrading.md` of the repository says which changes are safe, and what to do about others.
    pub fn checkpoint(mut self, directory: impl Into<PathBuf>) -> Self {
        self.parts.settings.checkpoint = Some(directory.into());
        self
    }

    /// Says that a checkpoint directory without a batch is meant to be new.
    ///
    /// A consumer group, a transaction or a table may know of batches that an empty directory does not: then the directory was lost or mistyped, the state in
    /// it is gone, and the pipeline does not start. With `fresh(true)` it starts nevertheless: sources begin where their `start` says, and what was written
    /// before is written again. Where the directory holds batches this changes nothing: the pipeline resumes from them.
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.parts.settings.fresh = fresh;
        self
    }

    /// Closes every window when the run ends: on a stop, on a signal, or when the sources end. What waits is emitted, written and committed, and
    /// state of windows is empty then, so that the next program may change all of it. [`Running::drain`] does the same once.
    ///
    /// Windows are closed before their time. The watermark stays what it was: a record that comes for such a window in the next run is not
    /// late, and makes a second result for the window.
    ///
    /// ```
    /// use streaming_runtime::stream_pipeline;
    /// # let directory = std::env::temp_dir().join("streaming-drained");
    /// # let _ = std::fs::remove_dir_all(&directory);
    ///
    /// let pipeline = stream_pipeline!({
    ///     settings(trigger = available_now, checkpoint = directory);
    ///     let times = memory([1_709_251_200_000i64]).event_time(|at| **at, max_delay = 30s);
    ///     let counts = times.key_by(|_| 0).window(tumbling(1h)).count();
    ///     counts.print();
    /// });
    /// let summary = pipeline.drained(true).run_blocking()?;
    /// assert_eq!((summary.rows_out, summary.state_rows), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drained(mut self, drained: bool) -> Self {
        self.parts.settings.drained = drained;
        self
    }

    /// Drops what the checkpoint has of an operator or a source that this pipeline no longer has: its state, or its positions.
    ///
    /// Without it a pipeline does not start that lacks an operator which holds state, as that state may belong to an operator of another
    /// name; nor one that lacks a source and has a new one, which may be the same source under another name. A source that comes back after
    /// its positions were dropped is read from its beginning. Where the checkpoint has nothing of that name this changes nothing.
    pub fn forget(mut self, operator: impl Into<String>) -> Self {
        self.parts.settings.forget.push(operator.into());
        self
    }

    /// Sets the watermarks of the checkpoint back when the pipeline resumes, as if no event time after `at` had been seen.
    ///
    /// An event time that is wrong and not too far ahead for `max_ahead` moves the watermark: windows close too early, and the right records that come
    /// after it are late. The checkpoint keeps that over restarts. This puts it right: the watermark is what the event times up to `at` give, or
    /// that of the records that come next, and a warning says from where to where it was set back. Windows that were closed too early may be
    /// emitted once more, with the records that come from then on; records that were late in the meantime stay late. A watermark that is not
    /// after `at` is left alone. Say this for one run: it is done at every start.
    ///
    /// `at` is what `event_time` takes: epoch milliseconds or a [`SystemTime`](std::time::SystemTime).
    ///
    /// ```
    /// use streaming_runtime::stream_pipeline;
    /// # let directory = std::env::temp_dir().join("streaming-reset-watermark");
    /// # let _ = std::fs::remove_dir_all(&directory);
    ///
    /// let pipeline = stream_pipeline!({
    ///     settings(trigger = available_now, checkpoint = directory);
    ///     let times = memory([1_709_251_200_000i64]).event_time(|at| **at, max_delay = 30s);
    ///     let counts = times.key_by(|_| 0).window(tumbling(1h)).count();
    ///     counts.print();
    /// });
    /// // Resumes, and forgets event times after 2024-03-01T12:00:00Z.
    /// pipeline.reset_watermark(1_709_294_400_000i64).run_blocking()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset_watermark(mut self, at: impl EventTime) -> Self {
        self.parts.settings.reset_watermark = Some(at.epoch_millis());
        self
    }

    /// Works on so many threads. The default is one per core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.parts.settings.threads = Some(threads);
        self
    }

    /// Cuts keyed state into so many partitions, a power of two. The default is 16. With a checkpoint, another number than before has all state sorted
    /// anew when the pipeline starts.
    pub fn key_partitions(mut self, partitions: usize) -> Self {
        self.parts.settings.key_partitions = partitions;
        self
    }

    /// Closes a batch early that has this many rows.
    pub fn max_batch_rows(mut self, rows: u64) -> Self {
        self.parts.settings.max_batch_rows = rows;
        self
    }

    /// Closes a batch early that has this many bytes of input.
    pub fn max_batch_bytes(mut self, bytes: u64) -> Self {
        self.parts.settings.max_batch_bytes = bytes;
        self
    }

    /// Has sources wait while so many bytes are fetched and not yet worked on. What is held exceeds it by less than one chunk per
    /// source.
    pub fn max_in_flight_bytes(mut self, bytes: u64) -> Self {
        self.parts.settings.max_in_flight_bytes = bytes;
        self
    }

    /// Tries a task that panics so often in all, before its panic counts. The default is 3; with 1 nothing is tried again, and no chunk is kept for it.
    ///
    /// A task is a chunk of a source, or what a batch does behind its sources. Everything that a failed try has combined or written is dropped, so that a panic
    /// that does not come again leaves no trace. For that the chunks of a batch are kept until it closes, in pipelines that hold more than a loop over a source.
    pub fn task_tries(mut self, tries: u32) -> Self {
        self.parts.settings.task_tries = tries;
        self
    }

    /// How long the pipeline may take to end in good order after a signal, before [`run`](Self::run) returns [`PipelineError::Interrupted`], which
    /// names what it was waiting for. The default is 30 seconds.
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.parts.settings.stop_timeout = timeout;
        self
    }

    /// Whether [`run`](Self::run) and [`run_blocking`](Self::run_blocking) listen to SIGINT and SIGTERM. They do by default. The
    /// process then no longer ends by these signals, not even after the pipeline has ended.
    pub fn handle_signals(mut self, handle: bool) -> Self {
        self.handle_signals = handle;
        self
    }
}

impl<G, L: Listener> Pipeline<G, L> {
    /// Tells `listener` of every batch that was written, after those that are told already.
    ///
    /// The [test bench](Self::test) tells nobody: ask it for its progress.
    pub fn listener<N: Listener>(self, listener: N) -> Pipeline<G, (L, N)> {
        Pipeline {
            parts: self.parts,
            listener: (self.listener, listener),
            handle_signals: self.handle_signals,
        }
    }
}
