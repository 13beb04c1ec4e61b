use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::commit::write;
use super::core::{Closed, Core};
use super::flow::WORTH_A_WORKER;
use super::keeper::{Found, recover};
use super::office::{Ends, Heard, Office, Then, Work, workers};
use super::{Graph, Summary};
use crate::clock::WallClock;
use crate::engine::Parts;
use crate::error::{PipelineError, SinkStep};
use crate::held::Held;
use crate::progress::{Counts, Listener};
use crate::run::Act;
use crate::settings::Trigger;
use crate::sink::{self, Order, SinkError, SinkFailure, Sinks, What};
use crate::stage::{Command, Failure, NotWritten, Stages, Visit, Written, panic_text};
use crate::wait::wait;

/// What a run starts with.
#[derive(Debug)]
pub(crate) struct Launch<G, L> {
    pub(crate) parts: Parts<G>,
    pub(crate) listener: L,
}

/// Runs a pipeline, on the thread that calls [`drive`](Self::drive). It asks the [office](Office) what is to be done, and has the stages and
/// sinks of the pipeline do it.
pub(super) struct Driver<G: Graph, L> {
    core: Core<G>,
    listener: L,
    office: Held<Office>,
}

impl<G: Graph, L: Listener> Driver<G, L> {
    pub(super) fn new(launch: Launch<G, L>, ends: &mut Ends) -> Result<Self, PipelineError> {
        let workers = workers(&launch.parts.settings)?;
        let core = Core::new(launch.parts, WallClock::machine(), workers);
        Ok(Self {
            office: Office::new(&core.desk, ends)?,
            core,
            listener: launch.listener,
        })
    }

    /// Until the sources end, a stop, or an error.
    pub(super) fn drive(mut self) -> Result<Summary, PipelineError> {
        let result = match self.open().and_then(|()| self.batches()).and_then(|()| self.drain()) {
            Ok(()) => self.wind_down(),
            Err(error) => {
                self.give_up();
                Err(error)
            }
        };
        let summary = self.office.end(&self.core.desk.book);
        result.map(|()| summary)
    }

    fn open(&mut self) -> Result<(), PipelineError> {
        let found = self.find()?;
        self.ask_sinks(What::Open)?;
        if let Some(found) = found {
            let _at = self.office.board.at(Act::Recover);
            let recovered = recover(found, &mut self.core, &self.office.io.run);
            let keeper = {
                let _within = self.office.io.runtime.enter();
                wait(recovered)?
            };
            self.core.resume_sources()?;
            self.office.resumed(&self.core.desk, keeper, &self.core.resting()?);
        }
        let mut sources = Vec::new();
        G::Stages::sources(0, &mut sources);
        self.office.begins(&self.core.desk, &sources);
        self.core.visit(&mut Visit::Launch(&self.office.io))
    }

    fn ask_sinks(&self, what: What<'_>) -> Result<(), PipelineError> {
        let io = &self.office.io;
        let _within = io.runtime.enter();
        let run = &io.run;
        wait(self.core.graph.sinks().ask(&Order { run, what }))?;
        Ok(())
    }

    /// Opens the checkpoint, or says that there is none.
    fn find(&mut self) -> Result<Option<Held<Found>>, PipelineError> {
        let Some(directory) = &self.core.desk.book.settings.checkpoint else {
            self.office.no_checkpoint();
            return Ok(None);
        };
        let found = {
            let _at = self.office.board.at(Act::Recover);
            Found::open(&self.core, directory)?
        };
        let run = found.run(&self.core.desk.book.settings);
        self.office.resumes_in(run);
        Ok(Some(found))
    }

    fn batches(&mut self) -> Result<(), PipelineError> {
        while !self.office.flow.is_over() {
            self.office.look(&mut self.core.desk.book)?;
            while let Some(work) = self.office.admit(&mut self.core.desk) {
                self.work(work)?;
            }
            let book = &self.core.desk.book;
            if self.office.flow.wants_close(book) && self.office.flow.may_close() {
                self.close()?;
            } else {
                self.listen()?;
            }
        }
        Ok(())
    }

    /// Closes every window, where that was asked for: one more batch, in which nothing is read.
    fn drain(&mut self) -> Result<(), PipelineError> {
        if !self.office.draining {
            return Ok(());
        }
        self.core.desk.book.drain();
        if let Some(closed) = self.core.close_empty()? {
            self.write(closed)?;
        }
        while self.office.flow.writing {
            self.await_signal()?;
        }
        Ok(())
    }

    /// Works on a chunk, or has it worked on.
    fn work(&mut self, work: Work) -> Result<(), PipelineError> {
        let mut counted = None;
        if work.small {
            let worked = visit(&*self.core.graph, &work, &mut counted);
            let then = self.office.worked(&mut self.core.desk.book, &work, worked, counted)?;
            return self.follow(then);
        }
        let (graph, io) = (Arc::clone(&self.core.graph), self.office.io());
        self.core.desk.workers.spawn(move || {
            let mut counted = None;
            let worked = visit(&*graph, &work, &mut counted);
            work.tell(worked, counted, &io);
        });
        Ok(())
    }

    /// Waits for a signal, and does what it and all that wait behind it say.
    fn listen(&mut self) -> Result<(), PipelineError> {
        if self.core.desk.book.settings.trigger == Trigger::Asap {
            self.core.look_ahead()?;
        }
        match self.office.listen(&mut self.core.desk.book)? {
            Heard::Signal(then) => {
                self.follow(then)?;
                while let Some(then) = self.office.heard(&mut self.core.desk.book)? {
                    self.follow(then)?;
                }
                Ok(())
            }
            Heard::TimePassed if self.office.may_close_empty(&self.core.desk.book) => self.close(),
            Heard::TimePassed | Heard::Nothing => Ok(()),
        }
    }

    /// Does what follows from a signal.
    fn follow(&mut self, then: Then) -> Result<(), PipelineError> {
        match then {
            Then::Nothing => Ok(()),
            Then::Tell(command) => self.command(command),
            Then::Written(result) => self.written(result),
        }
    }

    fn close(&mut self) -> Result<(), PipelineError> {
        let at = self.office.board.at(Act::Close(self.core.desk.book.batch));
        let closed = if self.core.desk.book.is_empty() {
            self.core.close_empty()?
        } else {
            Some(self.core.close(self.office.io.room.used())?)
        };
        self.office.flow.closed(&self.core.desk.book);
        drop(at);
        closed.map_or(Ok(()), |closed| self.write(closed))
    }

    /// Starts to write; the next batch goes on meanwhile.
    fn write(&mut self, mut closed: Held<Closed>) -> Result<(), PipelineError> {
        let (output, rows) = (closed.output, closed.progress.rows_out());
        let keeper = self.office.keeper.as_ref();
        let nothing = !output && keeper.is_none();
        let commit = self.core.desk.commit(&mut closed, keeper, &self.office.io.run);
        self.office.writes(closed);
        if nothing {
            return self.written(Ok(Written::default()));
        }
        let graph = Arc::clone(&self.core.graph);
        let mut writing = Box::pin(async move {
            let written = unwinding(write(commit, &*graph)).await;
            written.unwrap_or_else(|panic| Err(panicked(&*graph, &*panic)))
        });
        if rows <= WORTH_A_WORKER {
            // A sink that need not wait is done before another thread has woken up.
            let _within = self.office.io.runtime.enter();
            if let Poll::Ready(result) = writing.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return self.written(result);
            }
        }
        let io = self.office.io();
        self.office
            .io
            .runtime
            .spawn(async move { io.tell_written(writing.await) });
        Ok(())
    }

    fn written(&mut self, result: Result<Written, NotWritten>) -> Result<(), PipelineError> {
        let (mut closed, written) = self.office.wrote(&self.core.desk.book, result)?;
        self.core.written(&mut closed, written)?;
        let _at = self.office.tell(&closed.progress);
        self.listener.on_batch(&closed.progress);
        Ok(())
    }

    /// Closes sources and sinks in good order. Of several errors the first is returned.
    fn wind_down(&mut self) -> Result<(), PipelineError> {
        let mut result = self.command(Command::Close);
        while !self.office.killed && self.office.sources > 0 {
            result = result.and(self.await_signal());
        }
        if !self.office.killed {
            result = result.and(self.ask_sinks(What::Close));
            result = result.and(self.office.close_checkpoint());
        }
        result
    }

    /// After an error: earlier batches are written to their end, the open one is dropped. What fails on the way was not first.
    fn give_up(&mut self) {
        let _ = self.command(Command::Stop);
        while !self.office.killed && (self.office.flow.working > 0 || self.office.flow.writing) {
            let _ = self.await_signal();
        }
        if !self.office.killed {
            let _ = self.core.visit(&mut Visit::Abort);
            let _ = self.wind_down();
        }
    }

    fn command(&self, command: Command) -> Result<(), PipelineError> {
        self.core.visit(&mut Visit::Command(command))
    }

    fn await_signal(&mut self) -> Result<(), PipelineError> {
        let then = self.office.next(&mut self.core.desk.book)?;
        self.follow(then)
    }
}

/// Works on a chunk.
fn visit<G: Graph>(graph: &G, work: &Work, counted: &mut Option<Counts>) -> Result<(), Failure> {
    let mut visit = Visit::Work {
        stage: work.stage,
        ticket: &work.ticket,
        batch: work.batch,
        operators: work.operators,
        counted,
    };
    graph.stages().visit(0, &mut visit)
}

/// A sink has panicked.
fn panicked<G: Graph>(graph: &G, panic: &(dyn Any + Send)) -> NotWritten {
    let mut away = None;
    graph.sinks().visit(&mut sink::Visit::Away(&mut away));
    let (sink, step) = away.unwrap_or(("unknown", SinkStep::Open));
    let error = SinkError::new(format!("panicked: {}", panic_text(panic))).permanent();
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
