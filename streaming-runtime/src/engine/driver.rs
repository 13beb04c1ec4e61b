use std::any::Any;
use std::future::{Future, poll_fn};
use std::io::Stderr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::commit::{NotWritten, Written, write};
use super::core::{Closed, Core};
use super::fetch::ChunkLimit;
use super::flow::{Flow, WORTH_A_WORKER};
use super::io::{FeedEvent, Io, Signal, receive, received};
use super::keeper::{Found, Keeper};
use super::report::{Report, started};
use super::watch::{Act, Board};
use super::{Graph, Ledger, Room, Summary};
use crate::clock::WallClock;
use crate::error::{PipelineError, SinkStep};
use crate::pipeline::Parts;
use crate::plan::Guarantee;
use crate::progress::{Listener, Terminal, log, warn, warn_of_state};
use crate::run::Run;
use crate::settings::Trigger;
use crate::sink::{self, About, Order, SinkError, SinkFailure, Sinks, What};
use crate::source::{Replay, SourceError};
use crate::stage::{Command, Reads, Stages, Ticket, Visit, panic_text};
use crate::workers::Workers;

/// How often it is looked whether there is anything to say. A checkpoint that has gone is noticed as soon.
const LOOK: Duration = Duration::from_millis(800);

/// What a run starts with.
#[derive(Debug)]
pub(crate) struct Launch<G, L> {
    pub(crate) parts: Parts<G>,
    pub(crate) listener: L,
}

/// Runs a pipeline, on the thread that calls [`drive`](Self::drive).
pub(super) struct Driver<G: Graph, L> {
    core: Core<G>,
    flow: Flow,
    listener: L,
    /// Of a bounded run: others are watched by other means.
    terminal: Option<Terminal<Stderr>>,
    inbox: Receiver<Signal>,
    io: Io,
    /// Where there is a checkpoint.
    keeper: Option<Keeper>,
    board: Arc<Board>,
    report: Report,
    /// When it was last looked whether anything is to be said.
    looked: Duration,
    _threads: IoThreads,
    /// The batch on its way into the sinks.
    writing: Option<Closed>,
    /// Sources that are not yet closed.
    sources: usize,
    killed: bool,
    summary: Summary,
}

/// The threads that read and write.
struct IoThreads(Option<Runtime>);

impl Drop for IoThreads {
    /// A source may be stuck in a blocking read (standard input is): nobody waits for its thread.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl<G: Graph, L: Listener> Driver<G, L> {
    pub(super) fn new(
        launch: Launch<G, L>,
        signals: Sender<Signal>,
        inbox: Receiver<Signal>,
        board: Arc<Board>,
    ) -> Result<Self, PipelineError> {
        let Launch { parts, listener } = launch;
        parts.settings.check()?;
        let workers = Workers::pool(parts.settings.threads).map_err(PipelineError::Start)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("stream-io")
            .enable_all()
            .build()
            .map_err(|error| PipelineError::Start(format!("no threads for input and output: {error}")))?;
        let io = Io {
            runtime: runtime.handle().clone(),
            signals,
            room: Arc::new(Room::new(parts.settings.max_in_flight_bytes)),
            run: Run::new(&parts.settings.name),
            chunk: ChunkLimit::within(&parts.settings),
            bounded: parts.settings.trigger == Trigger::AvailableNow,
        };
        io.run.watched_on(&board);
        let threads = workers.threads();
        let core = Core::new(parts, WallClock::machine(), workers);
        Ok(Self {
            flow: Flow::new(&core.book, threads),
            core,
            listener,
            terminal: if io.bounded { Terminal::stderr() } else { None },
            inbox,
            io,
            keeper: None,
            board,
            report: Report::default(),
            looked: Duration::ZERO,
            _threads: IoThreads(Some(runtime)),
            writing: None,
            sources: 0,
            killed: false,
            summary: Summary::default(),
        })
    }

    /// Until the sources end, a stop, or an error.
    pub(super) fn drive(mut self) -> Result<Summary, PipelineError> {
        let result = self.open().and_then(|()| self.batches());
        let result = match result {
            Ok(()) => self.wind_down(),
            Err(error) => {
                self.give_up();
                Err(error)
            }
        };
        self.summary.elapsed = self.core.book.time.elapsed();
        self.report.tell_changes(&self.core.book);
        if self.flow.stopping && self.keeper.is_none() {
            warn_of_state(self.io.run.pipeline(), self.summary.state_rows);
        }
        result.map(|()| self.summary)
    }

    fn open(&mut self) -> Result<(), PipelineError> {
        let found = self.find()?;
        self.ask_sinks(What::Open)?;
        if let Some(found) = found {
            let _at = self.board.at(Act::Recover);
            let recovered = found.recover(&mut self.core, &self.io.run);
            self.keeper = Some(self.io.runtime.block_on(recovered)?);
            self.core.resume_sources()?;
            self.summary.totals = self.core.book.totals;
            self.summary.state_rows = self.core.resting()?.iter().map(|(_, rows)| rows).sum();
        }
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        self.sources = sources.len();
        self.say_what_starts(&sources);
        self.core.visit(&mut Visit::Launch(&self.io))
    }

    fn ask_sinks(&self, what: What<'_>) -> Result<(), PipelineError> {
        let order = Order {
            run: &self.io.run,
            what,
        };
        self.io.runtime.block_on(self.core.graph.sinks().ask(&order))?;
        Ok(())
    }

    fn say_what_starts(&self, stages: &[(u32, Reads)]) {
        let book = &self.core.book;
        let kept = book.settings.checkpoint.is_some();
        let ledger = Ledger::new(book.plan, stages, kept);
        let sources: Vec<(&str, Replay)> = ledger.sources().iter().map(|s| (s.name, s.replay)).collect();
        let sinks = About::promises(&self.core.sinks);
        started(book, Guarantee::of(book.plan, &sources, &sinks, kept).level.name());
    }

    /// Opens the checkpoint, or says that there is none.
    fn find(&mut self) -> Result<Option<Found>, PipelineError> {
        let Some(directory) = &self.core.book.settings.checkpoint else {
            tracing::info!(
                target: "streaming_runtime",
                pipeline = self.io.run.pipeline(),
                "no checkpoint: positions and state are gone when the process ends; `settings(checkpoint = \"dir\")` keeps them"
            );
            return Ok(None);
        };
        let found = {
            let _at = self.board.at(Act::Recover);
            Found::open(&self.core, directory)?
        };
        self.io.run = found.run(&self.core.book.settings);
        self.io.run.watched_on(&self.board);
        Ok(Some(found))
    }

    fn batches(&mut self) -> Result<(), PipelineError> {
        while !self.flow.is_over() {
            self.look()?;
            self.admit()?;
            if self.flow.wants_close(&self.core.book) && self.flow.may_close() {
                self.close()?;
            } else {
                self.listen()?;
            }
        }
        Ok(())
    }

    /// Takes chunks into the open batch and hands them to the workers.
    fn admit(&mut self) -> Result<(), PipelineError> {
        while !self.flow.wants_close(&self.core.book) {
            let Some((stage, ticket)) = self.flow.next(&mut self.core.book) else {
                return Ok(());
            };
            if self.flow.working == 0 {
                self.core.book.busy();
            }
            let small = self.flow.is_small(&ticket, &self.core.book);
            self.flow.working += 1;
            let done = self.work(stage, ticket);
            if small {
                self.handle(done())?;
            } else {
                let io = self.io.clone();
                self.core.workers.spawn(move || io.tell(done()));
            }
        }
        Ok(())
    }

    /// The work on one chunk.
    fn work(&self, stage: u32, ticket: Ticket) -> impl FnOnce() -> Signal + Send + use<G, L> {
        let (graph, room) = (Arc::clone(&self.core.graph), Arc::clone(&self.io.room));
        let (batch, operators) = (self.core.book.batch, self.core.book.operators());
        let at = self.board.at(Act::Chunk {
            stage,
            partition: self.core.book.ledger.label(stage, ticket.partition),
        });
        move || {
            let _at = at;
            let mut counted = None;
            let worked = graph.stages().visit(
                0,
                &mut Visit::Work {
                    stage,
                    ticket: &ticket,
                    batch,
                    operators,
                    counted: &mut counted,
                },
            );
            room.give(ticket.size.bytes);
            let result = worked.map(|()| counted.expect("the stage is in the list"));
            Signal::Done { stage, result }
        }
    }

    /// Waits for a signal, and does what it and all that wait behind it say.
    fn listen(&mut self) -> Result<(), PipelineError> {
        let patience = self.flow.patience(&self.core.book);
        let at_most = patience.map_or(LOOK, |patience| patience.min(LOOK));
        match receive(&self.inbox, Some(at_most)) {
            Ok(signal) => self.handle(signal)?,
            Err(RecvTimeoutError::Timeout) if patience.is_some_and(|patience| patience <= LOOK) => {
                return self.time_passed();
            }
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => unreachable!("the driver itself holds a sender"),
        }
        while let Some(signal) = received(&self.inbox) {
            self.handle(signal)?;
        }
        Ok(())
    }

    /// Says what there is to say, and looks after the checkpoint; not for every signal.
    fn look(&mut self) -> Result<(), PipelineError> {
        let now = self.core.book.time.elapsed();
        if now.saturating_sub(self.looked) < LOOK {
            return Ok(());
        }
        self.looked = now;
        self.report.tell(&self.core.book);
        if !self.io.bounded {
            for doubt in self.core.book.doubts() {
                warn(self.io.run.pipeline(), &doubt);
            }
        }
        self.keeper.as_ref().map_or(Ok(()), Keeper::look)
    }

    /// A partition comes or goes, or a source ends.
    fn changes(&mut self, stage: u32, event: &FeedEvent) {
        let book = &self.core.book;
        let what = match event {
            FeedEvent::Added { label, .. } => format!("`{label}` is read"),
            FeedEvent::Removed { partition } => format!("`{}` is no longer read", book.ledger.label(stage, *partition)),
            FeedEvent::Ended => format!("source `{}` has ended", book.ledger.names_of(stage)),
            FeedEvent::Chunk(_) | FeedEvent::CaughtUp { .. } | FeedEvent::ArmsEnded { .. } => return,
        };
        let now = book.time.elapsed();
        self.report.changed(what, now);
    }

    fn handle(&mut self, signal: Signal) -> Result<(), PipelineError> {
        if let Signal::Source { stage, event } = &signal {
            self.changes(*stage, event);
        }
        match signal {
            Signal::Source { stage, event } => self.flow.arrived(stage, event, &mut self.core.book),
            Signal::SourceFailed { stage, message } => {
                return Err(PipelineError::Source {
                    source: self.core.book.ledger.names_of(stage),
                    error: SourceError(message),
                });
            }
            Signal::SourceClosed => self.sources -= 1,
            Signal::Done { stage, result } => {
                self.flow.working -= 1;
                if self.flow.working == 0 {
                    self.core.book.rest();
                }
                let counts = result.map_err(|failure| self.core.book.error(stage, failure))?;
                self.core.book.count(stage, &counts);
            }
            Signal::Written(result) => self.written(result)?,
            Signal::Stop => {
                self.flow.stopping = true;
                self.command(Command::Stop)?;
            }
            Signal::Kill => {
                self.killed = true;
                // Whoever waits for the end knows it already.
                return Err(PipelineError::Interrupted(String::new()));
            }
        }
        Ok(())
    }

    /// A partition may have become idle.
    fn time_passed(&mut self) -> Result<(), PipelineError> {
        let waits_for_input = self.core.book.is_empty() && self.flow.may_close();
        if waits_for_input && !self.flow.wants_close(&self.core.book) {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), PipelineError> {
        let at = self.board.at(Act::Close(self.core.book.batch));
        let closed = if self.core.book.is_empty() {
            self.core.close_empty()?
        } else {
            Some(self.core.close(self.io.room.used())?)
        };
        self.flow.closed(&self.core.book);
        drop(at);
        if let Some(closed) = closed {
            self.write(closed)?;
        }
        Ok(())
    }

    /// Starts to write; the next batch goes on meanwhile.
    fn write(&mut self, mut closed: Closed) -> Result<(), PipelineError> {
        let (output, rows) = (closed.output, closed.progress.rows_out());
        let keeps = self.keeper.is_some();
        let commit = self.core.commit(&mut closed, self.keeper.as_ref(), &self.io.run);
        if let Some(terminal) = &mut self.terminal {
            terminal.make_room();
        }
        self.flow.writing = true;
        self.writing = Some(closed);
        if !output && !keeps {
            return self.written(Ok(Written::default()));
        }
        let graph = Arc::clone(&self.core.graph);
        let mut writing = Box::pin(async move {
            let written = unwinding(write(commit, Arc::clone(&graph))).await;
            written.unwrap_or_else(|panic| Err(panicked(&*graph, &*panic)))
        });
        if rows <= WORTH_A_WORKER {
            // A sink that need not wait is done before another thread has woken up.
            let _within = self.io.runtime.enter();
            if let Poll::Ready(result) = writing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return self.written(result);
            }
        }
        let io = self.io.clone();
        self.io
            .runtime
            .spawn(async move { io.tell(Signal::Written(writing.await)) });
        Ok(())
    }

    fn written(&mut self, result: Result<Written, NotWritten>) -> Result<(), PipelineError> {
        self.flow.writing = false;
        let closed = self.writing.take().expect("a batch was being written");
        let written = result.map_err(|failure| self.core.book.not_written(failure))?;
        let progress = self.core.written(closed, written)?;
        self.summary.add(&progress);
        self.report.add(&progress);
        log(&progress);
        if let Some(terminal) = &mut self.terminal {
            terminal.show(&progress);
        }
        let _at = self.board.at(Act::Listener(progress.batch));
        self.listener.on_batch(&progress);
        Ok(())
    }

    /// Closes sources and sinks in good order. Of several errors the first is returned.
    fn wind_down(&mut self) -> Result<(), PipelineError> {
        let mut result = self.command(Command::Close);
        while !self.killed && self.sources > 0 {
            result = result.and(self.await_signal());
        }
        if !self.killed {
            result = result.and(self.ask_sinks(What::Close));
            if let Some(keeper) = &self.keeper {
                let _at = self.board.at(Act::CloseCheckpoint);
                result = result.and(keeper.close());
            }
        }
        result
    }

    /// After an error: earlier batches are written to their end, the open one is dropped. What fails on the way was not first.
    fn give_up(&mut self) {
        let _ = self.command(Command::Stop);
        while !self.killed && (self.flow.working > 0 || self.flow.writing) {
            let _ = self.await_signal();
        }
        if !self.killed {
            let _ = self.core.visit(&mut Visit::Abort);
            let _ = self.wind_down();
        }
    }

    fn command(&self, command: Command) -> Result<(), PipelineError> {
        self.core.visit(&mut Visit::Command(command))
    }

    fn await_signal(&mut self) -> Result<(), PipelineError> {
        let signal = receive(&self.inbox, None).expect("the driver itself holds a sender");
        self.handle(signal)
    }
}

/// A sink has panicked.
fn panicked<G: Graph>(graph: &G, panic: &(dyn Any + Send)) -> NotWritten {
    let mut away = None;
    graph.sinks().visit(&mut sink::Visit::Away(&mut away));
    let (sink, step) = away.unwrap_or(("unknown", SinkStep::Open));
    let error = SinkError(format!("panicked: {}", panic_text(panic)));
    NotWritten::Sink(SinkFailure { sink, step, error })
}

/// Awaits a future and catches a panic in it.
async fn unwinding<T>(future: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}
