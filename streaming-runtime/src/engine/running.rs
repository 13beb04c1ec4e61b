use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Graph;
use super::driver::{Driver, Launch};
use super::hub::{self, Obey, Watched};
use super::office::Ends;
use crate::error::PipelineError;
use crate::held::{Held, held};
use crate::plan::Plan;
use crate::progress::{BatchProgress, Listener, Totals};
use crate::run::Board;
use crate::settings::Settings;
use crate::stage::{Signal, panic_text};
use crate::wait::wait;

/// What a pipeline did, all batches together.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// Batches written.
    pub batches: u64,
    /// Records read.
    pub rows_in: u64,
    /// Records written, over all sinks.
    pub rows_out: u64,
    /// Records that reached a sink, an aggregate, or a union with results of aggregates.
    ///
    /// `used`, `filtered`, `late`, `skipped` and `dead_lettered` are `rows_in` together: each record that was read is in one of them, as the last
    /// of these that became of it.
    pub used: u64,
    /// Records that `filter`, `filter_map` or `flat_map` dropped, on every way that they went.
    pub filtered: u64,
    /// Records that came after their window had closed. Each counts once, in however many windows it was late, and also where it was used
    /// elsewhere.
    pub late: u64,
    /// Results of aggregates, and records united with such, that were late for a window further down.
    pub late_results: u64,
    /// Records that could not be decoded, or over which a closure panics in each try: `skipped` and `dead_lettered`.
    pub errors: u64,
    /// Records that could not be decoded and were dropped, because the pipeline says `on_error(skip)`, and those over which a closure panics with
    /// `on_panic = skip`.
    pub skipped: u64,
    /// Records that could not be decoded and went to a dead letter sink, or to who reads `.errors()`, and those over which a closure panics with
    /// `on_panic = dead_letter`.
    pub dead_lettered: u64,
    /// Records whose event time was too far ahead of the wall clock to be true (`max_ahead`): they did not move the watermark.
    pub ahead: u64,
    /// States in memory after the last batch, one for each key and window: running aggregates, and windows that a stop left
    /// open. Without a checkpoint they are gone with the pipeline, which is said in a warning where it was stopped.
    pub state_rows: u64,
    /// With a checkpoint: all batches together, those of earlier runs included.
    pub totals: Totals,
    /// How long it ran.
    pub elapsed: Duration,
}

impl Summary {
    pub(crate) fn add(&mut self, batch: &BatchProgress) {
        self.batches += 1;
        self.rows_in += batch.rows_in;
        self.rows_out += batch.rows_out();
        self.used += batch.used;
        self.filtered += batch.filtered;
        self.late += batch.late;
        self.late_results += batch.late_results;
        self.errors += batch.errors;
        self.skipped += batch.skipped;
        self.dead_lettered += batch.dead_lettered;
        self.ahead += batch.ahead;
        self.totals = batch.totals;
        self.state_rows = batch.operators.iter().filter_map(|operator| operator.state_rows).sum();
    }
}

/// A pipeline that runs on threads of its own.
///
/// It is a future of how the run ended. Dropping it stops the pipeline in good order, without waiting for the end.
#[must_use = "dropping this stops the pipeline"]
#[derive(Debug)]
pub struct Running {
    stopper: Stopper,
    ended: oneshot::Receiver<Outcome>,
}

/// Stops a pipeline from anywhere; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stopper {
    signals: Sender<Signal>,
}

type Outcome = Result<Summary, PipelineError>;

/// Where the outcome is put, by whoever knows it first.
#[derive(Debug, Clone)]
pub(super) struct Verdict(Arc<Mutex<Option<oneshot::Sender<Outcome>>>>);

impl Verdict {
    pub(super) fn is(&self, outcome: Outcome) {
        let waiting = self.0.lock().expect("no panic while locked").take();
        if let Some(waiting) = waiting {
            // Whoever asked may be gone.
            let _ = waiting.send(outcome);
        }
    }
}

impl Verdict {
    /// The thread of the driver was started, or could not be.
    fn started(&self, error: Option<std::io::Error>) {
        if let Some(error) = error {
            self.is(Err(PipelineError::Start(format!("no thread: {error}"))));
        }
    }
}

impl Stopper {
    /// Stops fetching; the open batch is finished and written, sources and sinks are closed. Windows that are open stay open,
    /// and are not emitted. Returns at once; a pipeline that has ended takes no notice.
    pub fn stop(&self) {
        let _ = self.signals.send(Signal::Stop);
    }
}

impl Stopper {
    /// [Stops](Self::stop) the pipeline, and closes every window before its end: what waits is emitted, written and committed. See
    /// [`Pipeline::drained`](crate::Pipeline::drained).
    pub fn drain(&self) {
        let _ = self.signals.send(Signal::Drain);
    }
}

impl Running {
    /// [Drains](Stopper::drain) the pipeline; returns at once.
    pub fn drain(&self) {
        self.stopper.drain();
    }

    /// [Stops](Stopper::stop) the pipeline; returns at once.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// What stops this pipeline from elsewhere.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Blocks until the end; async code awaits the [`Running`] itself.
    pub fn join(self) -> Result<Summary, PipelineError> {
        wait(self)
    }
}

impl Future for Running {
    type Output = Result<Summary, PipelineError>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.ended).poll(cx).map(outcome)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

fn outcome(received: Result<Outcome, oneshot::error::RecvError>) -> Outcome {
    received.unwrap_or_else(|_| Err(PipelineError::Panicked("it is gone without a word".to_owned())))
}

/// Starts a pipeline on a thread of its own.
pub(crate) fn start<G: Graph, L: Listener>(launch: Launch<G, L>, handle_signals: bool) -> Running {
    let (mut beginning, running) = begin(&launch.parts.settings, launch.parts.plan, handle_signals);
    let thread = beginning.thread();
    let verdict = beginning.verdict.clone();
    let started = thread.spawn(move || {
        let driven = catch_unwind(AssertUnwindSafe(|| Driver::new(launch, &mut beginning.ends)?.drive()));
        beginning.end(driven);
    });
    verdict.started(started.err());
    running
}

/// What a driver begins with, and who is told how it ended. It knows no types of the user's, so that it is compiled once.
struct Beginning {
    name: String,
    ends: Ends,
    verdict: Verdict,
    /// The pipeline is looked after until this is dropped.
    watched: Watched,
}

held!(Beginning);

fn begin(settings: &Settings, plan: &'static Plan, handle_signals: bool) -> (Held<Beginning>, Running) {
    // Before anything else: a signal that comes from now on is for this run.
    let arrivals = handle_signals.then(hub::listen).flatten();
    let (signals, inbox) = channel();
    let (tell, ended) = oneshot::channel();
    let verdict = Verdict(Arc::new(Mutex::new(Some(tell))));
    let stopper = Stopper {
        signals: signals.clone(),
    };
    let name = settings.name.clone();
    let board = Board::new(&name, plan);
    let mut watched = Watched::default();
    watched.watch(&board);
    if let Some(arrivals) = arrivals {
        watched.obey(Obey {
            arrivals,
            driver: signals.clone(),
            verdict: verdict.clone(),
            board: Arc::clone(&board),
            grace: settings.stop_timeout,
            pipeline: name.clone(),
        });
    }
    let beginning = Beginning {
        name,
        ends: Some((signals, inbox, board)),
        verdict,
        watched,
    };
    (Held::new(beginning), Running { stopper, ended })
}

impl Beginning {
    fn thread(&self) -> std::thread::Builder {
        std::thread::Builder::new().name(format!("stream-{}", self.name))
    }

    /// The driver has ended, or has panicked.
    fn end(&mut self, driven: std::thread::Result<Outcome>) {
        let panicked = |panic: Box<_>| Err(PipelineError::Panicked(panic_text(&*panic)));
        self.verdict.is(driven.unwrap_or_else(panicked));
        self.watched = Watched::default();
    }
}
