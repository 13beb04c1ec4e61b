use std::sync::Arc;
use std::time::Duration;

use super::sources::Sources;
use super::threads::Threads;
use super::world::{Place, World};
use super::{Checkpoint, Output, Rows, Step};
use crate::engine::Parts;
use crate::engine::{Core, Found, Graph, Keeper, recover, write};
use crate::error::PipelineError;
use crate::faults::Steps;
use crate::progress::BatchProgress;
use crate::run::Run;
use crate::sink::Shelf;
use crate::sink::{self, Order, Sinks, What};
use crate::stage::{Stages, Visit};
use crate::workers::Workers;

/// A pipeline on a test bench: the test says what comes in, when a batch closes and what time it is.
///
/// - Sources are not opened: what they read is [pushed](Self::push). A source has one partition, unless the test
///   [says so](Self::partitions) or pushes to [others](Self::push_to); each counts as read to its end.
/// - Sinks that have a text form (all that come with this library but `collect`) are not opened either: what they are given is
///   kept as [output](Self::output). Others are opened and written, `collect` and a user's own among them.
/// - Everything happens on the calling thread. Time stands still but for [`advance`](Self::advance), and begins at the epoch.
/// - With a [checkpoint](crate::Pipeline::test_with) the pipeline can [crash](Self::crash_at) and be [restarted](Self::restart).
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
    pub(super) core: Core<G>,
    sources: Sources,
    pub(super) world: World,
    pub(super) checkpoint: Option<Checkpoint>,
    keeper: Option<Keeper>,
    pub(super) runtime: Threads,
    run: Arc<Run>,
    progress: Option<BatchProgress>,
    /// The pipeline has crashed or was stopped.
    pub(super) down: bool,
}

opaque_debug!([G: Graph] Driver<G>);

impl<G: Graph> Driver<G> {
    pub(crate) fn new(parts: Parts<G>, checkpoint: Option<Checkpoint>) -> Self {
        let world = World::new(checkpoint.is_some());
        done(Self::begin(parts, world, checkpoint, None))
    }

    /// Begins a life of a pipeline, which ends where it comes to `stop`.
    pub(super) fn begin(
        mut parts: Parts<G>,
        mut world: World,
        checkpoint: Option<Checkpoint>,
        stop: Option<Step>,
    ) -> Result<Self, PipelineError> {
        parts.settings.checkpoint = checkpoint.as_ref().map(|kept| kept.path().to_owned());
        // Nothing outlasts a test without one.
        parts.settings.exactly_once &= checkpoint.is_some();
        parts.settings.check()?;
        let run = Run::new(parts.settings.name.as_str());
        let mut core = Core::new(parts, world.clock.clone(), Workers::Inline);
        core.desk.steps = Steps::of_a_bench();
        if let Some(step) = stop {
            core.desk.steps.stop_at(step);
        }
        world.shelves.begin();
        world.rename(core.desk.book.plan);
        core.graph.sinks().visit(&mut sink::Visit::Shelve(&mut world.shelves));
        let needs_threads = checkpoint.is_some() || core.desk.sinks.len() > world.shelves.present().len();
        let mut driver = Self {
            sources: Sources::new(&core.desk.book.ledger, &world),
            core,
            world,
            checkpoint,
            keeper: None,
            runtime: if needs_threads {
                Threads::start()
            } else {
                Threads::none()
            },
            run,
            progress: None,
            down: false,
        };
        driver.open()?;
        Ok(driver)
    }

    fn open(&mut self) -> Result<(), PipelineError> {
        let found = match &self.checkpoint {
            Some(kept) => Some(Found::open(&self.core, kept.path())?),
            None => None,
        };
        if let Some(found) = &found {
            self.run = found.run(&self.core.desk.book.settings);
            if self.world.is_new() && !self.run.is_new() {
                self.world.shelves.present().values().for_each(Shelf::has_past);
            }
        }
        let graph = Arc::clone(&self.core.graph);
        self.ask_sinks(What::Open)?;
        let Some(found) = found else { return Ok(()) };
        let steps = self.core.desk.steps.clone();
        let recovered = steps.survived(recover(found, &mut self.core, &self.run));
        match self.runtime.wait(recovered) {
            None => self.die(),
            Some(keeper) => {
                self.keeper = Some(keeper?);
                let resumed = self
                    .sources
                    .resume(&mut self.world, &mut self.core.desk.book, graph.stages());
                resumed.map_err(PipelineError::refused)?;
            }
        }
        Ok(())
    }

    fn ask_sinks(&self, what: What<'_>) -> Result<(), PipelineError> {
        let order = Order { run: &self.run, what };
        self.runtime.wait(self.core.graph.sinks().ask(&order))?;
        Ok(())
    }

    /// Pushes rows into the first partition of a source; they are worked on in the next batch.
    ///
    /// # Panics
    /// When there is no source of this name, it has ended, or it takes other rows; the message says what there is.
    pub fn push(&mut self, source: &str, rows: impl Into<Rows>) {
        self.push_to(source, 0, rows);
    }

    /// Pushes rows into a partition of a source, by its number from 0. While the pipeline is [down](Self::is_down) they wait for its restart.
    ///
    /// # Panics
    /// As [`push`](Self::push), and when the partition has ended.
    pub fn push_to(&mut self, source: &str, partition: u32, rows: impl Into<Rows>) {
        let rows = rows.into();
        let number = self.sources.named(source);
        assert!(!self.world.ended.contains(source), "`{source}` has ended");
        self.world.push(source, partition, &rows);
        if !self.down {
            let book = &mut self.core.desk.book;
            self.sources
                .feed(number, partition, rows, book, self.core.graph.stages());
        }
    }

    /// Says that a source has so many partitions. Until something was pushed into each of them, or they are idle, its watermark
    /// is held back.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn partitions(&mut self, source: &str, count: u32) {
        let number = self.sources.named(source);
        for partition in 0..count {
            self.world.log(source, partition, Place::default());
            if !self.down {
                self.sources
                    .add(number, partition, Place::default(), &mut self.core.desk.book);
            }
        }
    }

    /// Ends a partition of a source: it is no longer waited for.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn end_partition(&mut self, source: &str, partition: u32) {
        self.sources.named(source);
        self.world.log(source, partition, Place::default()).ended = true;
    }

    /// Ends a source: nothing will be pushed into it any more.
    ///
    /// # Panics
    /// When there is no source of this name.
    pub fn end(&mut self, source: &str) {
        self.sources.named(source);
        self.world.ended.insert(source.to_owned());
    }

    /// Runs one batch over what was pushed since the one before.
    ///
    /// # Panics
    /// When the batch fails, and when the pipeline is [down](Self::is_down).
    pub fn tick(&mut self) {
        done(self.try_tick());
    }

    /// Lets time pass, then runs one batch. While the pipeline is [down](Self::is_down) only time passes.
    ///
    /// # Panics
    /// When the batch fails.
    pub fn advance(&mut self, by: Duration) {
        self.world.clock.advance(by);
        if !self.down {
            self.tick();
        }
    }

    /// Ends all sources and runs the last batch, which closes every window; then closes the sinks.
    ///
    /// With a checkpoint, windows stay open where a source may [grow](crate::source::Source::GROWS), as `kafka` and `files` do: the next run goes on with
    /// them.
    ///
    /// # Panics
    /// When the batch fails, and when the pipeline is [down](Self::is_down).
    pub fn finish(&mut self) {
        done(self.try_finish());
    }

    /// [`tick`](Self::tick) that returns the error. Nothing of the failed batch is written, and nothing of it is left: the next
    /// one begins where the failed one did.
    ///
    /// With a checkpoint the pipeline is [down](Self::is_down) after an error, as it is in production.
    ///
    /// # Panics
    /// When the pipeline is down already.
    pub fn try_tick(&mut self) -> Result<(), PipelineError> {
        assert!(!self.down, "the pipeline is down: `restart` it first");
        let result = self.batch();
        if result.is_err() {
            let _ = self.core.visit(&mut Visit::Abort);
            self.core.desk.book.abort();
            if self.checkpoint.is_some() {
                let _ = self.wind_down();
            }
        }
        result
    }

    /// [`finish`](Self::finish) that returns the error.
    ///
    /// # Panics
    /// When the pipeline is down.
    pub fn try_finish(&mut self) -> Result<(), PipelineError> {
        for source in self.core.desk.book.ledger.sources() {
            self.world.ended.insert(source.name.to_owned());
        }
        self.try_tick()?;
        if self.down { Ok(()) } else { self.wind_down() }
    }

    fn batch(&mut self) -> Result<(), PipelineError> {
        for (stage, ticket) in self.sources.take_chunks() {
            self.core.desk.book.admit(stage, &ticket);
            let mut counted = None;
            let worked = self.core.graph.stages().visit(
                0,
                &mut Visit::Work {
                    stage,
                    ticket: &ticket,
                    batch: self.core.desk.book.batch,
                    operators: self.core.desk.book.operators(),
                    counted: &mut counted,
                },
            );
            worked.map_err(|failure| self.core.desk.book.error(stage, failure))?;
            if let Some(counts) = counted {
                self.core.desk.book.count(stage, &counts);
            }
        }
        self.sources.settle(&mut self.world, &mut self.core.desk.book);
        if self.checkpoint.is_some() {
            self.sources.seal(&mut self.core.desk.book.ledger);
        }
        let start = self.core.desk.book.start();
        let closed = if self.core.desk.book.is_empty() {
            self.core.close_empty()?
        } else {
            Some(self.core.close(0)?)
        };
        let Some(mut closed) = closed else { return Ok(()) };
        let steps = self.core.desk.steps.clone();
        let commit = self.core.desk.commit(&mut closed, self.keeper.as_ref(), &self.run);
        let writing = write(commit, &*self.core.graph);
        match self.runtime.wait(steps.survived(writing)) {
            None => self.die(),
            Some(written) => {
                let written = written.map_err(|failure| {
                    let error = self.core.desk.book.not_written(failure);
                    self.core.desk.book.back_to(start);
                    error
                })?;
                self.core.written(&mut closed, written)?;
                self.progress = Some(closed.progress.clone());
            }
        }
        Ok(())
    }

    /// Closes sinks and checkpoint in good order.
    pub(super) fn wind_down(&mut self) -> Result<(), PipelineError> {
        self.ask_sinks(What::Close)?;
        self.down = self.checkpoint.is_some();
        self.keeper.take().map_or(Ok(()), |keeper| keeper.close())
    }

    /// The process is gone: nothing is closed.
    pub(super) fn die(&mut self) {
        self.keeper = None;
        self.down = true;
    }

    /// Everything that readers of a sink see so far, by the name of the sink: `totals.kafka`.
    ///
    /// # Panics
    /// When there is no sink of this name, or it is written for real; the message says what there is.
    #[must_use]
    pub fn output(&self, sink: &str) -> Output {
        Output::new(self.shelf(sink).visible())
    }

    /// What readers of a sink see since it was last taken.
    ///
    /// # Panics
    /// As [`output`](Self::output).
    pub fn take_output(&mut self, sink: &str) -> Output {
        Output::new(self.shelf(sink).take())
    }

    fn shelf(&self, sink: &str) -> &Shelf {
        self.world
            .shelves
            .present()
            .get(sink)
            .unwrap_or_else(|| panic!("{}", self.no_output(sink)))
    }

    fn no_output(&self, sink: &str) -> String {
        if self.core.desk.sinks.iter().any(|known| known.name == sink) {
            return format!("sink `{sink}` has no text form and is written for real; look there");
        }
        let present = self.world.shelves.present();
        let names: Vec<String> = present.keys().map(|name| format!("`{name}`")).collect();
        format!("there is no sink `{sink}`; there is {}", names.join(", "))
    }

    /// The document of the last batch; `None` before the first one. A [`tick`](Self::tick) for which nothing was pushed and in
    /// which no window closed is not a batch.
    #[must_use]
    pub fn progress(&self) -> Option<&BatchProgress> {
        self.progress.as_ref()
    }
}

pub(super) fn done<T>(result: Result<T, PipelineError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
