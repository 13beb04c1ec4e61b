use std::sync::{Arc, Mutex};

use super::Io;
use super::feed::{Fed, Feed, Reached, Resume, Size, Ticket};
use super::fetch::fetch;
use super::orders::{Command, Enlisting};
use super::{Closing, Failure, Place, Reads, Stage, run_task};
use crate::bench::{At, Rows};
use crate::held::Held;
use crate::outlet::Outlet;
use crate::progress::Counts;
use crate::source::Source;
use crate::source::replay::Promise;
use crate::task::{Tag, Task};

/// A source and the fused loop behind it: run for every chunk, as it arrives.
pub struct SourceStage<S: Source, O: Outlet, F> {
    source: Mutex<Option<S>>,
    feed: Arc<Feed<S>>,
    outlets: O,
    body: F,
    locals: Mutex<Vec<O::Local>>,
}

opaque_debug!([S: Source, O: Outlet, F] SourceStage<S, O, F>);

impl<S, O, F> SourceStage<S, O, F>
where
    S: Source,
    O: Outlet,
    F: for<'c> Fn(&'c S::Chunk, &mut Task, &mut O::Local) + Send + Sync,
{
    /// A stage that runs `body` over every chunk of `source`.
    pub fn new(source: S, outlets: O, body: F) -> Self {
        Self {
            source: Mutex::new(Some(source)),
            feed: Arc::default(),
            outlets,
            body,
            locals: Mutex::default(),
        }
    }
}

impl<S, O, F> Stage for SourceStage<S, O, F>
where
    S: Source,
    O: Outlet + 'static,
    F: for<'c> Fn(&'c S::Chunk, &mut Task, &mut O::Local) + Send + Sync + 'static,
{
    const SOURCES: Option<Reads> = Some(Reads {
        arms: S::ARMS,
        replay: <S::Replay as Promise>::REPLAY,
        grows: S::GROWS,
        grouped: S::GROUPED,
    });

    fn launch(&self, stage: u32, io: &Io) {
        let source = self.source.lock().expect("no panic while locked").take();
        let source = source.expect("a source is launched once");
        fetch(source, Arc::clone(&self.feed), stage, io);
    }

    fn command(&self, command: Command) {
        self.feed.command(command);
    }

    /// On whatever worker calls.
    fn work(&self, ticket: &Ticket, batch: u64, operators: usize) -> Result<Counts, Failure> {
        let (tag, chunk) = self.feed.redeem(ticket);
        let free = self.locals.lock().expect("no panic while locked").pop();
        let mut local = free.unwrap_or_else(|| self.outlets.open());
        let mut task = Task::new(batch, tag, operators);
        let done = run_task(&mut task, |task| (self.body)(&chunk, task, &mut local));
        self.outlets.end_chunk(&mut local, tag);
        self.locals.lock().expect("no panic while locked").push(local);
        let place = |row| Place::Source {
            partition: tag.partition,
            offset: S::offset(&chunk, row),
            within: S::place(&chunk).map(str::to_owned),
        };
        done.map_err(|what| what.at(place(task.row), &task))?;
        Ok(task.into_counts(place))
    }

    fn seal(&self) -> Vec<Reached> {
        self.feed.seal()
    }

    fn resume(&self, resume: Vec<Resume>) -> Result<(), String> {
        self.feed.resume(resume)
    }

    fn enlist(&self) -> Option<Held<Enlisting>> {
        self.feed.enlist()
    }

    /// Hands what the workers gathered to the stages downstream.
    fn close(&self, _: &Closing<'_>) -> Result<Option<Counts>, Failure> {
        for local in self.locals.lock().expect("no panic while locked").drain(..) {
            self.outlets.give_back(local);
        }
        Ok(None)
    }

    fn abort(&self) {
        self.feed.discard();
        self.locals.lock().expect("no panic while locked").clear();
        self.outlets.discard();
    }

    fn push(&self, rows: Rows, at: &At, tag: Tag) -> Result<Ticket, String> {
        let source = self.source.lock().expect("no panic while locked");
        let source = source.as_ref().expect("a pipeline under test opens no source");
        let size = Size {
            rows: rows.len() as u64,
            bytes: 0,
            lag: Some(0),
        };
        let chunk = source.chunk_for_test(rows, at)?;
        let span = None;
        Ok(self.feed.put(Fed { tag, chunk, span }, size))
    }
}
