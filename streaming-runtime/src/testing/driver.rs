use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::sources::Bench;
use super::{Output, Rows};
use crate::clock::WallClock;
use crate::engine::{Core, Graph, Writing, Written};
use crate::error::{PipelineError, SinkStep};
use crate::pipeline::Parts;
use crate::progress::BatchProgress;
use crate::run::Run;
use crate::sink::Sinks;
use crate::stage::Stages;
use crate::wait::wait;
use crate::workers::Workers;

/// A pipeline on a test bench: the test says what comes in, when a batch closes and what time it is.
///
/// - Sources are not opened: what they read is [pushed](Self::push). A source has one partition, unless the test
///   [says so](Self::partitions) or pushes to [others](Self::push_to); each counts as read to its end.
/// - Sinks that have a text form (all that come with this library but `collect`) are not opened either: what they are given is
///   kept as [output](Self::output). Others are opened and written, `collect` and a user's own among them.
/// - Everything happens on the calling thread. Time stands still but for [`advance`](Self::advance), and begins at the epoch.
///
/// A batch that fails panics, with the text of the [`PipelineError`]; the `try_` methods return it.
///
/// ```
/// use streaming_runtime::stream_pipeline;
/// use streaming_runtime::testing::json;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Click {
///     page: String,
///     at: i64,
/// }
///
/// stream_pipeline!(
///     fn clicks() {
///         let clicks = stdin().json::<Click>().event_time(|c| c.at, max_delay = 5s);
///         let per_minute = clicks.key_by(|c| c.page.as_str()).window(tumbling(1min)).count();
///         per_minute.map(|(page, window, n)| format!("{page} {} {n}", window.start)).print();
///     }
/// );
///
/// let click = |page: &str, at| Click { page: page.into(), at };
/// let mut driver = clicks().test();
/// driver.push("clicks", json([click("/", 1_000), click("/", 59_000)]));
/// driver.tick();
/// assert!(driver.output("per_minute.print").is_empty(), "the window is open");
///
/// // Five seconds behind 65 s, the first minute is over.
/// driver.push("clicks", json([click("/", 65_000)]));
/// driver.tick();
/// assert_eq!(driver.take_output("per_minute.print").text(), ["/ 0 2"]);
///
/// driver.finish();
/// assert_eq!(driver.output("per_minute.print").text(), ["/ 60000 1"]);
/// assert_eq!(driver.progress().unwrap().batch, 2);
/// ```
pub struct Driver<G: Graph> {
    core: Core<G>,
    bench: Bench,
    /// Where sinks find timers and sockets that are written for real; there is none without such a sink.
    runtime: Option<tokio::runtime::Runtime>,
    run: Arc<Run>,
    outputs: BTreeMap<&'static str, Vec<Vec<u8>>>,
    progress: Option<BatchProgress>,
}

opaque_debug!([G: Graph] Driver<G>);

impl<G: Graph> Driver<G> {
    pub(crate) fn new(mut parts: Parts<G>) -> Self {
        // A test begins anew.
        parts.settings.checkpoint = None;
        parts.settings.exactly_once = false;
        if let Err(error) = parts.settings.check() {
            panic!("{error}");
        }
        let run = Run::new(parts.settings.name.as_str());
        let core = Core::new(parts, WallClock::at_epoch(), Workers::Inline);
        let (mut all, mut real) = (Vec::new(), Vec::new());
        core.graph.sinks().describe(&mut all);
        core.graph.sinks().written_in_tests(&mut real);
        let captured = all.iter().map(|(name, _)| *name).filter(|name| !real.contains(name));
        let driver = Self {
            bench: Bench::new(&core.book.ledger),
            outputs: captured.map(|name| (name, Vec::new())).collect(),
            runtime: (!real.is_empty()).then(runtime),
            core,
            run,
            progress: None,
        };
        let opened = driver.wait(driver.core.graph.sinks().open(&driver.run, |name| real.contains(&name)));
        if let Err(failure) = opened {
            panic!("{}", failure.into_error(SinkStep::Open));
        }
        driver
    }

    /// Pushes rows into the first partition of a source; they are worked on in the next batch.
    ///
    /// # Panics
    /// When there is no source of this name, it has ended, or it takes other rows; the message says what there is.
    pub fn push(&mut self, source: &str, rows: impl Into<Rows>) {
        self.push_to(source, 0, rows);
    }

    /// Pushes rows into a partition of a source, by its number from 0.
    ///
    /// # Panics
    /// As [`push`](Self::push), and when the partition has ended.
    pub fn push_to(&mut self, source: &str, partition: u32, rows: impl Into<Rows>) {
        let rows = rows.into();
        let source = self.bench.named(source);
        let (at, tag) = self
            .bench
            .next_chunk(source, partition, rows.len(), &mut self.core.book.ledger);
        let stage = self.bench.stage(source);
        if let Err(message) = self.core.graph.stages().push(stage, rows, &at, tag) {
            panic!("cannot push into `{}`: {message}", self.bench.name(source));
        }
    }

    /// Says that a source has so many partitions. Until something was pushed into each of them, or they are idle, its watermark
    /// is held back.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn partitions(&mut self, source: &str, count: u32) {
        let source = self.bench.named(source);
        for partition in 0..count {
            self.bench.add(source, partition, &mut self.core.book.ledger);
        }
    }

    /// Ends a partition of a source: it is no longer waited for.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn end_partition(&mut self, source: &str, partition: u32) {
        let source = self.bench.named(source);
        self.bench.end_partition(source, partition);
    }

    /// Ends a source: nothing will be pushed into it any more.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn end(&mut self, source: &str) {
        let source = self.bench.named(source);
        self.bench.end(source);
    }

    /// Runs one batch over what was pushed since the one before.
    ///
    /// # Panics
    /// When the batch fails.
    pub fn tick(&mut self) {
        done(self.try_tick());
    }

    /// Lets time pass, then runs one batch.
    ///
    /// # Panics
    /// When the batch fails.
    pub fn advance(&mut self, by: Duration) {
        self.core.book.time.advance(by);
        self.tick();
    }

    /// Ends all sources and runs the last batch, which closes every window; then closes the sinks.
    ///
    /// # Panics
    /// When the batch fails.
    pub fn finish(&mut self) {
        done(self.try_finish());
    }

    /// [`tick`](Self::tick) that returns the error. Nothing of the failed batch is written, and nothing of it is left: the next
    /// one begins where the failed one did.
    pub fn try_tick(&mut self) -> Result<(), PipelineError> {
        let result = self.batch();
        if result.is_err() {
            self.core.graph.stages().abort();
            self.core.book.abort();
        }
        result
    }

    /// [`finish`](Self::finish) that returns the error.
    pub fn try_finish(&mut self) -> Result<(), PipelineError> {
        self.bench.end_all();
        self.try_tick()?;
        self.wait(self.core.graph.sinks().close());
        Ok(())
    }

    fn batch(&mut self) -> Result<(), PipelineError> {
        for (stage, chunk) in self.bench.take_chunks() {
            self.core.book.admit(stage, chunk);
            let (batch, operators) = (self.core.book.batch, self.core.book.operators());
            let counts = self.core.graph.stages().work(stage, batch, operators);
            let counts = counts.map_err(|failure| self.core.book.error(stage, failure))?;
            self.core.book.count(stage, &counts);
        }
        self.bench
            .settle(&mut self.core.book.ledger, self.core.book.time.elapsed());
        let closed = if self.core.book.is_empty() {
            self.core.close_empty()?
        } else {
            Some(self.core.close(0)?)
        };
        let Some(closed) = closed else { return Ok(()) };
        let outputs = &mut self.outputs;
        self.core.graph.sinks().capture(&mut |sink, rows| {
            outputs.entry(sink).or_default().extend(rows);
        });
        let mut written = Written::default();
        if self.runtime.is_some() {
            let batch = closed.progress.batch;
            let writing = Writing {
                graph: Arc::clone(&self.core.graph),
                run: Arc::clone(&self.run),
                batch,
                time: self.core.book.time.clone(),
                keeping: None,
            };
            let result = self.wait(writing.write());
            written = result.map_err(|failure| self.core.book.not_written(batch, failure))?;
        }
        self.progress = Some(self.core.written(closed, written));
        Ok(())
    }

    /// Everything that a sink was given so far, by the name of the sink: `totals.kafka`.
    ///
    /// # Panics
    /// When there is no sink of this name, or it is written for real; the message says what there is.
    #[must_use]
    pub fn output(&self, sink: &str) -> Output {
        match self.outputs.get(sink) {
            Some(rows) => Output::new(rows.clone()),
            None => panic!("{}", self.no_output(sink)),
        }
    }

    /// What a sink was given since it was last taken.
    ///
    /// # Panics
    /// As [`output`](Self::output).
    pub fn take_output(&mut self, sink: &str) -> Output {
        match self.outputs.get_mut(sink) {
            Some(rows) => Output::new(std::mem::take(rows)),
            None => panic!("{}", self.no_output(sink)),
        }
    }

    fn no_output(&self, sink: &str) -> String {
        let mut real = Vec::new();
        self.core.graph.sinks().written_in_tests(&mut real);
        if real.contains(&sink) {
            return format!("sink `{sink}` has no text form and is written for real; look there");
        }
        let names: Vec<String> = self.outputs.keys().map(|name| format!("`{name}`")).collect();
        format!("there is no sink `{sink}`; there is {}", names.join(", "))
    }

    /// The document of the last batch; `None` before the first one. A [`tick`](Self::tick) for which nothing was pushed and in
    /// which no window closed is not a batch.
    #[must_use]
    pub fn progress(&self) -> Option<&BatchProgress> {
        self.progress.as_ref()
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        let _context = self.runtime.as_ref().map(tokio::runtime::Runtime::enter);
        wait(future)
    }
}

impl<G: Graph> Drop for Driver<G> {
    /// A test may be async, and there a runtime cannot be dropped in the ordinary way.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("one thread can be started")
}

fn done(result: Result<(), PipelineError>) {
    if let Err(error) = result {
        panic!("{error}");
    }
}
