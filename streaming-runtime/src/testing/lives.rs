use super::driver::done;
use super::{Driver, Step};
use crate::engine::Graph;
use crate::error::PipelineError;
use crate::pipeline::Pipeline;
use crate::progress::Listener;

/// Crashes and restarts of a pipeline that was put on the bench with a [checkpoint](crate::Pipeline::test_with).
///
/// ```
/// use streaming_runtime::stream_pipeline;
/// use streaming_runtime::testing::{Checkpoint, Step, json};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Click {
///     page: String,
///     at: i64,
/// }
///
/// stream_pipeline!(
///     fn clicks() {
///         let clicks = files("clicks/*").json::<Click>().event_time(|c| c.at, max_delay = 5s);
///         let per_minute = clicks.key_by(|c| c.page.as_str()).window(tumbling(1min)).count();
///         per_minute.map(|(page, _, n)| (page.to_owned(), n)).to(files("counts").jsonl());
///     }
/// );
///
/// let click = |page: &str, at| Click { page: page.into(), at };
/// let mut driver = clicks().test_with(Checkpoint::temporary());
/// driver.push("clicks", json([click("/", 1_000), click("/", 2_000)]));
/// driver.tick();
///
/// // The process dies before the batch that closes the minute is decided: that batch has never been.
/// driver.push("clicks", json([click("/", 59_000), click("/", 65_000)]));
/// driver.crash_at(Step::Prepared);
/// driver.tick();
/// assert!(driver.is_down());
/// assert!(driver.output("per_minute.files").is_empty());
///
/// // The next process has the counts of the first batch, and reads the second one again.
/// let mut driver = driver.restart(clicks());
/// driver.tick();
/// assert_eq!(driver.output("per_minute.files").text(), [r#"["/",3]"#]);
/// ```
impl<G: Graph> Driver<G> {
    /// Has the process die when the pipeline next comes to this step: in the next batch or, for a [step of a start](Step::OF_A_START), in the next
    /// [restart](Self::restart). Nothing is closed, and nothing that was under way goes on. The [`tick`](Self::tick) in which it dies returns, and the
    /// pipeline is [down](Self::is_down).
    ///
    /// # Panics
    /// Without a checkpoint, and where the pipeline is down and the step is one of a batch.
    pub fn crash_at(&mut self, step: Step) {
        self.expect_checkpoint();
        let of_a_start = Step::OF_A_START.contains(&step);
        assert!(
            !self.down || of_a_start,
            "the pipeline is down and comes to no `{step}`: `restart` it first"
        );
        self.core.desk.steps.stop_at(step);
    }

    /// The process dies now, between two batches. What was pushed since the last one is read after the restart.
    ///
    /// # Panics
    /// Without a checkpoint.
    pub fn crash(&mut self) {
        self.expect_checkpoint();
        self.die();
    }

    /// Stops the pipeline in good order, as a deployment does: sinks and checkpoint are closed. What was pushed since the last batch is read after the
    /// restart.
    ///
    /// # Panics
    /// Without a checkpoint, and when the checkpoint cannot be closed.
    pub fn stop(&mut self) {
        self.expect_checkpoint();
        if !self.down {
            done(self.wind_down());
        }
    }

    /// Runs the open batch, closes every window, and stops the pipeline in good order: [`Running::drain`](crate::Running::drain) on the bench.
    ///
    /// # Panics
    /// Without a checkpoint, when the pipeline is down, and when a batch fails.
    pub fn drain(&mut self) {
        self.expect_checkpoint();
        self.tick();
        self.core.desk.book.drain();
        self.tick();
        self.stop();
    }

    /// Whether the pipeline has crashed, failed or was stopped. It does nothing until it is [restarted](Self::restart); what is pushed waits.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down
    }

    /// Starts a pipeline where this one has ended, as another process: it resumes from the checkpoint. What was pushed behind its positions is read
    /// again in the next batch. A pipeline that is not down is [stopped](Self::stop) first.
    ///
    /// `pipeline` may be another one than before, to see what a new version does with the checkpoint of the old one: state, positions and output belong
    /// to the names of operators, sources and sinks.
    ///
    /// # Panics
    /// Without a checkpoint, where the checkpoint is refused, and where the step of [`crash_at`](Self::crash_at) was never reached.
    #[must_use]
    pub fn restart<H: Graph, L: Listener>(self, pipeline: Pipeline<H, L>) -> Driver<H> {
        done(self.try_restart(pipeline))
    }

    /// [`restart`](Self::restart) that returns the error where the pipeline refuses to start.
    ///
    /// # Panics
    /// Without a checkpoint, and where the step of [`crash_at`](Self::crash_at) was never reached.
    pub fn try_restart<H: Graph, L: Listener>(mut self, pipeline: Pipeline<H, L>) -> Result<Driver<H>, PipelineError> {
        self.stop();
        let stop = self.core.desk.steps.ahead();
        if let Some(step) = stop.filter(|step| !Step::OF_A_START.contains(step)) {
            panic!("the pipeline never came to `{step}`, where it was to die: no batch has closed since");
        }
        let Self {
            core,
            mut world,
            checkpoint,
            runtime,
            ..
        } = self;
        for source in core.desk.book.ledger.sources() {
            if source.grows {
                world.ended.remove(source.name);
            }
        }
        // Of the process before nothing is left but what it has written.
        drop((core, runtime));
        Driver::begin(pipeline.into_parts(), world, checkpoint, stop)
    }

    fn expect_checkpoint(&self) {
        assert!(
            self.checkpoint.is_some(),
            "`test()` keeps nothing over a crash: begin with `test_with(Checkpoint::temporary())`"
        );
    }
}
