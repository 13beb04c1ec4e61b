//! What the driver knows besides its pipeline: how far reading, working and writing are, and whom to tell. It knows no types of the user's,
//! so that it is compiled once.

use std::io::Stderr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::book::Book;
use super::core::{Closed, Desk};
use super::flow::Flow;
use super::keeper::Keeper;
use super::report::{Report, started};
use super::{Ledger, Summary};
use crate::error::PipelineError;
use crate::held::{Held, held};
use crate::plan::Guarantee;
use crate::progress::{BatchProgress, Counts, Terminal, log, warn, warn_of_state};
use crate::run::{Act, At, Board, Run};
use crate::settings::{Settings, Trigger};
use crate::sink::About;
use crate::source::Replay;
use crate::stage::{
    ChunkLimit, Command, Failure, FeedEvent, Io, NotWritten, Reads, Room, Signal, Ticket, Written, receive, received,
};
use crate::workers::Workers;

/// How often it is looked whether there is anything to say. A checkpoint that has gone is noticed as soon.
const LOOK: Duration = Duration::from_millis(800);

/// What a driver begins with: who tells it, where it is told, and where it is said what is waited for.
pub(super) type Ends = Option<(Sender<Signal>, Receiver<Signal>, Arc<Board>)>;

#[derive(Debug)]
pub(super) struct Office {
    pub(super) flow: Flow,
    /// Of a bounded run: others are watched by other means.
    terminal: Option<Terminal<Stderr>>,
    inbox: Receiver<Signal>,
    pub(super) io: Io,
    /// Where there is a checkpoint.
    pub(super) keeper: Option<Keeper>,
    pub(super) board: Arc<Board>,
    report: Report,
    /// When it was last looked whether anything is to be said.
    looked: Duration,
    _threads: IoThreads,
    /// The batch on its way into the sinks.
    writing: Option<Held<Closed>>,
    /// Sources that are not yet closed.
    pub(super) sources: usize,
    pub(super) killed: bool,
    /// Every window is closed behind the last batch.
    pub(super) draining: bool,
    pub(super) summary: Summary,
}

held!(Office, Io);

/// The threads that read and write.
#[derive(Debug)]
struct IoThreads(Option<Runtime>);

impl Drop for IoThreads {
    /// A source may be stuck in a blocking read (standard input is): nobody waits for its thread.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What follows from a signal.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    /// Sources are told this.
    Tell(Command),
    /// A batch is written, or is not.
    Written(Result<Written, NotWritten>),
}

/// What follows from waiting.
#[derive(Debug)]
pub(super) enum Heard {
    /// A signal, from which this follows.
    Signal(Then),
    Nothing,
    /// Time has passed, and a partition may have become idle.
    TimePassed,
}

/// A chunk to be worked on, and where it is said that it is.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) stage: u32,
    pub(super) ticket: Ticket,
    pub(super) batch: u64,
    pub(super) operators: usize,
    /// The driver does it itself.
    pub(super) small: bool,
    _at: At,
    room: Arc<Room>,
}

impl Work {
    /// The work is done, or has failed: the driver is told.
    pub(super) fn tell(self, worked: Result<(), Failure>, counted: Option<Counts>, io: &Io) {
        let done = self.done(worked, counted);
        drop(self);
        io.tell(done);
    }

    fn done(&self, worked: Result<(), Failure>, counted: Option<Counts>) -> Signal {
        self.room.give(self.ticket.size.bytes);
        Signal::Done {
            stage: self.stage,
            result: worked.map(|()| counted.expect("the stage is in the list")),
        }
    }
}

/// Threads for a pipeline with these settings, or what is wrong with them.
pub(super) fn workers(settings: &Settings) -> Result<Workers, PipelineError> {
    settings.check()?;
    Workers::pool(settings.threads).map_err(PipelineError::Start)
}

impl Office {
    pub(super) fn new(desk: &Desk, ends: &mut Ends) -> Result<Held<Self>, PipelineError> {
        let (signals, inbox, board) = ends.take().expect("a pipeline is started once");
        let settings = &desk.book.settings;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("stream-io")
            .enable_all()
            .build()
            .map_err(|error| PipelineError::Start(format!("no threads for input and output: {error}")))?;
        let io = Io {
            runtime: runtime.handle().clone(),
            signals,
            room: Arc::new(Room::new(settings.max_in_flight_bytes)),
            run: Run::new(&settings.name),
            chunk: ChunkLimit::within(settings),
            bounded: settings.trigger == Trigger::AvailableNow,
        };
        io.run.watched_on(&board);
        Ok(Held::new(Self {
            flow: Flow::new(&desk.book, desk.workers.threads()),
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
            draining: settings.drained,
            summary: Summary::default(),
        }))
    }

    /// Everything is open: what is said then.
    pub(super) fn begins(&mut self, desk: &Desk, stages: &[(u32, Reads)]) {
        self.sources = stages.len();
        let book = &desk.book;
        let kept = book.settings.checkpoint.is_some();
        let ledger = Ledger::new(book.plan, stages, kept);
        let sources: Vec<(&str, Replay)> = ledger.sources().iter().map(|s| (s.name, s.replay)).collect();
        let sinks = About::promises(&desk.sinks);
        let changed = self.keeper.as_ref().map_or(&[][..], Keeper::changed);
        started(
            book,
            Guarantee::of(book.plan, &sources, &sinks, kept).level.name(),
            changed,
        );
    }

    /// The pipeline resumes from a checkpoint.
    pub(super) fn resumed(&mut self, desk: &Desk, keeper: Keeper, resting: &[(u32, u64)]) {
        self.keeper = Some(keeper);
        self.summary.totals = desk.book.totals;
        self.summary.state_rows = resting.iter().map(|(_, rows)| rows).sum();
    }

    /// For those that tell the driver.
    pub(super) fn io(&self) -> Held<Io> {
        Held::new(self.io.clone())
    }

    pub(super) fn resumes_in(&mut self, run: Arc<Run>) {
        self.io.run = run;
        self.io.run.watched_on(&self.board);
    }

    pub(super) fn no_checkpoint(&self) {
        tracing::info!(
            target: "streaming_runtime",
            pipeline = self.io.run.pipeline(),
            "no checkpoint: positions and state are gone when the process ends; `settings(checkpoint = \"dir\")` keeps them"
        );
    }

    /// Says what there is to say, and looks after the checkpoint; not for every signal.
    pub(super) fn look(&mut self, book: &mut Book) -> Result<(), PipelineError> {
        let now = book.time.elapsed();
        if now.saturating_sub(self.looked) < LOOK {
            return Ok(());
        }
        self.looked = now;
        self.report.tell(book);
        if !self.io.bounded {
            for doubt in book.doubts() {
                warn(self.io.run.pipeline(), &doubt);
            }
        }
        self.keeper.as_ref().map_or(Ok(()), Keeper::look)
    }

    /// Takes the next chunk into the open batch.
    pub(super) fn admit(&mut self, desk: &mut Desk) -> Option<Work> {
        let book = &mut desk.book;
        if self.flow.wants_close(book) {
            return None;
        }
        let (stage, ticket) = self.flow.next(book)?;
        if self.flow.working == 0 {
            book.busy();
        }
        let small = self.flow.is_small(&ticket, book);
        self.flow.working += 1;
        let partition = book.ledger.label(stage, ticket.partition);
        Some(Work {
            stage,
            batch: book.batch,
            operators: book.operators(),
            small,
            _at: self.board.at(Act::Chunk { stage, partition }),
            room: Arc::clone(&self.io.room),
            ticket,
        })
    }

    /// Waits for a signal, but not for long.
    pub(super) fn listen(&mut self, book: &mut Book) -> Result<Heard, PipelineError> {
        let patience = self.flow.patience(book);
        let at_most = patience.map_or(LOOK, |patience| patience.min(LOOK));
        match receive(&self.inbox, Some(at_most)) {
            Ok(signal) => self.handle(book, signal).map(Heard::Signal),
            Err(RecvTimeoutError::Timeout) if patience.is_some_and(|patience| patience <= LOOK) => {
                Ok(Heard::TimePassed)
            }
            Err(RecvTimeoutError::Timeout) => Ok(Heard::Nothing),
            Err(RecvTimeoutError::Disconnected) => unreachable!("the driver itself holds a sender"),
        }
    }

    /// What follows from the next signal, where one has come already.
    pub(super) fn heard(&mut self, book: &mut Book) -> Result<Option<Then>, PipelineError> {
        received(&self.inbox)
            .map(|signal| self.handle(book, signal))
            .transpose()
    }

    /// What follows from the next signal, however long it takes to come.
    pub(super) fn next(&mut self, book: &mut Book) -> Result<Then, PipelineError> {
        let signal = receive(&self.inbox, None).expect("the driver itself holds a sender");
        self.handle(book, signal)
    }

    /// The driver has done some work itself.
    pub(super) fn worked(
        &mut self,
        book: &mut Book,
        work: &Work,
        worked: Result<(), Failure>,
        counted: Option<Counts>,
    ) -> Result<Then, PipelineError> {
        self.handle(book, work.done(worked, counted))
    }

    fn handle(&mut self, book: &mut Book, signal: Signal) -> Result<Then, PipelineError> {
        match signal {
            Signal::Source { stage, event } => {
                self.changes(book, stage, &event);
                self.flow.arrived(stage, event, book);
            }
            Signal::SourceFailed { stage, error } => {
                return Err(PipelineError::Source {
                    source: book.ledger.names_of(stage),
                    error,
                });
            }
            Signal::SourceClosed => self.sources -= 1,
            Signal::Done { stage, result } => {
                self.flow.working -= 1;
                if self.flow.working == 0 {
                    book.rest();
                }
                let counts = result.map_err(|failure| book.error(stage, failure))?;
                book.count(stage, &counts);
            }
            Signal::Written(result) => return Ok(Then::Written(result)),
            Signal::Stop | Signal::Drain => {
                self.draining |= matches!(signal, Signal::Drain);
                self.flow.stopping = true;
                return Ok(Then::Tell(Command::Stop));
            }
            Signal::Kill => {
                self.killed = true;
                // Whoever waits for the end knows it already.
                return Err(PipelineError::Interrupted(String::new()));
            }
        }
        Ok(Then::Nothing)
    }

    /// A partition comes or goes, or a source ends.
    fn changes(&mut self, book: &Book, stage: u32, event: &FeedEvent) {
        let what = match event {
            FeedEvent::Added { label, .. } => format!("`{label}` is read"),
            FeedEvent::Removed { partition } => format!("`{}` is no longer read", book.ledger.label(stage, *partition)),
            FeedEvent::Ended => format!("source `{}` has ended", book.ledger.names_of(stage)),
            FeedEvent::Chunk(_) | FeedEvent::CaughtUp { .. } | FeedEvent::ArmsEnded { .. } => return,
        };
        self.report.changed(what, book.time.elapsed());
    }

    /// Waiting for input has come to nothing: a batch may close in which nothing was read.
    pub(super) fn may_close_empty(&self, book: &Book) -> bool {
        book.is_empty() && self.flow.may_close() && !self.flow.wants_close(book)
    }

    /// A batch is on its way into the sinks.
    pub(super) fn writes(&mut self, closed: Held<Closed>) {
        if let Some(terminal) = &mut self.terminal {
            terminal.make_room();
        }
        self.flow.writing = true;
        self.writing = Some(closed);
    }

    /// The batch that was on its way into the sinks is there, or is not.
    pub(super) fn wrote(
        &mut self,
        book: &Book,
        result: Result<Written, NotWritten>,
    ) -> Result<(Held<Closed>, Written), PipelineError> {
        self.flow.writing = false;
        let closed = self.writing.take().expect("a batch was being written");
        let written = result.map_err(|failure| book.not_written(failure))?;
        Ok((closed, written))
    }

    /// All is done for a batch: tells of it.
    pub(super) fn tell(&mut self, progress: &BatchProgress) -> At {
        self.summary.add(progress);
        self.report.add(progress);
        log(progress);
        if let Some(terminal) = &mut self.terminal {
            terminal.show(progress);
        }
        self.board.at(Act::Listener(progress.batch))
    }

    pub(super) fn close_checkpoint(&self) -> Result<(), PipelineError> {
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let _at = self.board.at(Act::CloseCheckpoint);
        keeper.close()
    }

    /// The run is over.
    pub(super) fn end(&mut self, book: &Book) -> Summary {
        self.summary.elapsed = book.time.elapsed();
        self.report.tell_changes(book);
        if self.flow.stopping && self.keeper.is_none() {
            warn_of_state(self.io.run.pipeline(), self.summary.state_rows);
        }
        std::mem::take(&mut self.summary)
    }
}
