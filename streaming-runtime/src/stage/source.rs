use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use super::feed::{Fed, Feed, Reached, Resume, Size, Ticket};
use super::fetch::fetch;
use super::orders::{Command, Enlisting};
use super::tries::{Failed, Next, Rules, Tries};
use super::{Closing, Failure, Io, Place, Prepare, Reads, Stage, panic_text, run_task};
use crate::bench::{At, Rows};
use crate::held::Held;
use crate::outlet::Outlet;
use crate::progress::{self, Counts};
use crate::source::Source;
use crate::source::replay::Promise;
use crate::task::{Aside, Tag, Task};

/// A source and the fused loop behind it: run for every chunk, as it arrives.
///
/// A chunk over which a closure panics is worked on again. What the worker had combined is lost by then, as the chunk's part of it cannot be told from the rest:
/// so the worker's other chunks are worked on again, too. They are kept until the batch closes where anything is combined, or lies behind an exchange.
pub struct SourceStage<S: Source, O: Outlet, F> {
    source: Mutex<Option<S>>,
    feed: Arc<Feed<S>>,
    outlets: O,
    body: F,
    workers: Mutex<Vec<Worker<S, O>>>,
    /// The chunks of the batch that closes.
    kept: Mutex<Vec<Kept<S>>>,
    /// Chunks are kept until the batch closes.
    keeps: bool,
    /// Set before the first batch.
    rules: Option<Rules>,
}

/// What one worker has combined and written in the open batch, and of which chunks.
struct Worker<S: Source, O: Outlet> {
    local: O::Local,
    kept: Vec<Kept<S>>,
}

/// A chunk, and those of its records that are not worked on.
struct Kept<S: Source> {
    tag: Tag,
    chunk: S::Chunk,
    aside: Vec<Aside>,
}

/// Of which batch a chunk is.
#[derive(Clone, Copy)]
struct Within {
    batch: u64,
    operators: usize,
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
            workers: Mutex::default(),
            kept: Mutex::default(),
            keeps: false,
            rules: None,
        }
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Worker<S, O>>> {
        self.workers.lock().expect("no panic while locked")
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept<S>>> {
        self.kept.lock().expect("no panic while locked")
    }

    fn rules(&self) -> Rules {
        self.rules.expect("prepared before the first batch")
    }

    fn worker(&self) -> Worker<S, O> {
        let local = self.outlets.open();
        let kept = Vec::new();
        Worker { local, kept }
    }

    /// Works on a chunk: with what the worker has combined before or, where a closure panics, again.
    fn work_on(&self, within: Within, mut chunk: Kept<S>, mut tries: Tries) -> Result<Counts, Failure> {
        let free = self.workers().pop();
        let mut worker = free.unwrap_or_else(|| self.worker());
        match self.attempt(within, &mut chunk, &mut worker.local) {
            Ok(counts) => {
                self.done(worker, chunk);
                Ok(counts)
            }
            Err(failed) => {
                if failed.what.panicked && self.rules().repeat() {
                    self.mend(within, worker)?;
                } else {
                    self.workers().push(worker);
                }
                self.alone(within, chunk, &mut tries, failed)
            }
        }
    }

    fn done(&self, mut worker: Worker<S, O>, chunk: Kept<S>) {
        if self.keeps {
            worker.kept.push(chunk);
            self.workers().push(worker);
        } else {
            self.workers().push(worker);
            drop_all([chunk], self.rules().plan.name);
        }
    }

    /// Has the worker as it was before a closure panicked.
    fn mend(&self, within: Within, mut worker: Worker<S, O>) -> Result<(), Failure> {
        if O::SEPARATE {
            self.outlets.undo_chunk(&mut worker.local);
            self.workers().push(worker);
            return Ok(());
        }
        let Worker { local, mut kept } = worker;
        drop(local);
        // In one worker, because each has tables of its own.
        let mut worker = self.worker();
        let mut together = kept.iter_mut().enumerate();
        let failed = together.find_map(|(at, chunk)| {
            let failed = self.attempt(within, chunk, &mut worker.local).err()?;
            Some((at, failed))
        });
        let Some((failed_at, failed)) = failed else {
            worker.kept = kept;
            self.workers().push(worker);
            return Ok(());
        };
        drop(worker);
        // Each on its own, so that no panic of one loses the others again.
        let mut failed = Some(failed);
        for (at, mut chunk) in kept.into_iter().enumerate() {
            let again = failed.take_if(|_| at == failed_at);
            if let Some(failed) = again {
                self.alone(within, chunk, &mut self.rules().repeated(), failed)?;
                continue;
            }
            let mut worker = self.worker();
            match self.attempt(within, &mut chunk, &mut worker.local) {
                Ok(_) => self.done(worker, chunk),
                Err(failed) => drop(self.alone(within, chunk, &mut self.rules().repeated(), failed)?),
            }
        }
        Ok(())
    }

    /// Works on a chunk that has failed, apart from all others, until it succeeds or has had its tries.
    fn alone(
        &self,
        within: Within,
        mut chunk: Kept<S>,
        tries: &mut Tries,
        mut failed: Failed,
    ) -> Result<Counts, Failure> {
        loop {
            match tries.failed(failed) {
                Next::Again => {}
                Next::Without(aside) => {
                    let at = chunk.aside.partition_point(|other| other.row < aside.row);
                    chunk.aside.insert(at, aside);
                }
                Next::GiveUp(failed) => return Err(self.failure(chunk, failed)),
            }
            let mut worker = self.worker();
            match self.attempt(within, &mut chunk, &mut worker.local) {
                Ok(counts) => {
                    self.done(worker, chunk);
                    return Ok(counts);
                }
                Err(again) => failed = again,
            }
        }
    }

    /// Works on a chunk once. Where a closure panics, something of the chunk is left in `local`.
    fn attempt(&self, within: Within, chunk: &mut Kept<S>, local: &mut O::Local) -> Result<Counts, Failed> {
        let mut task = Task::new(within.batch, chunk.tag, within.operators);
        task.put_aside(std::mem::take(&mut chunk.aside));
        task.rest();
        let done = run_task(&mut task, |task| (self.body)(&chunk.chunk, task, local));
        let done = done.map_err(|what| Failed::of(&task, what));
        chunk.aside = task.take_aside();
        done?;
        self.outlets.end_chunk(local, chunk.tag);
        Ok(task.into_counts(|row| Self::place(chunk, row)))
    }

    fn place(chunk: &Kept<S>, row: u64) -> Place {
        Place::Source {
            partition: chunk.tag.partition,
            offset: S::offset(&chunk.chunk, row),
            within: S::place(&chunk.chunk).map(str::to_owned),
        }
    }

    fn failure(&self, chunk: Kept<S>, failed: Failed) -> Failure {
        let place = Self::place(&chunk, failed.row());
        drop_all([chunk], self.rules().plan.name);
        Failure {
            operator: failed.operator,
            place,
            what: failed.what,
        }
    }
}

/// Drops chunks that the pipeline is done with. A value of the user's that panics then harms neither
/// the process nor other chunks.
fn drop_all<S: Source>(chunks: impl IntoIterator<Item = Kept<S>>, pipeline: &str) {
    let (mut panics, mut first) = (0u64, None);
    for chunk in chunks {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(chunk))) {
            panics += 1;
            first.get_or_insert_with(|| panic_text(&*panic));
        }
    }
    if let Some(first) = first {
        let message = format!(
            "{panics} chunks of input panicked when they were dropped, after they were worked on; the first: {first}"
        );
        progress::warn(pipeline, &message);
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

    fn prepare(&mut self, prepare: &Prepare) {
        let rules = Rules {
            tries: prepare.tries,
            on_panic: prepare.on_panic,
            plan: prepare.plan,
            source: prepare.operator,
        };
        self.rules = Some(rules);
        self.keeps = rules.repeat() && prepare.plan.stages() > 1;
    }

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
        let aside = Vec::new();
        self.work_on(
            Within { batch, operators },
            Kept { tag, chunk, aside },
            self.rules().begin(),
        )
    }

    fn seal(&self, closing: &Closing<'_>) -> Vec<Reached> {
        let kept = std::mem::take(&mut *self.kept());
        let pipeline = self.rules().plan.name;
        // To give back the memory of a whole batch takes a while, and the driver has other work. To wake a worker takes longer
        // than to drop one chunk.
        match kept.len() {
            0 | 1 => drop_all(kept, pipeline),
            _ => closing.workers.spawn(move || drop_all(kept, pipeline)),
        }
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
        let workers = std::mem::take(&mut *self.workers());
        let mut chunks = self.kept();
        for Worker { local, kept } in workers {
            self.outlets.give_back(local);
            chunks.extend(kept);
        }
        Ok(None)
    }

    fn abort(&self) {
        self.feed.discard();
        let workers = std::mem::take(&mut *self.workers());
        let kept = std::mem::take(&mut *self.kept());
        let of_workers = workers.into_iter().flat_map(|worker| worker.kept);
        let all = kept.into_iter().chain(of_workers);
        drop_all(all, self.rules.map_or("", |rules| rules.plan.name));
        self.outlets.discard();
    }

    fn rewind(&self) {
        let workers = std::mem::take(&mut *self.workers());
        self.kept().extend(workers.into_iter().flat_map(|worker| worker.kept));
        self.outlets.discard();
    }

    fn rework(&self, closing: &Closing<'_>) -> Result<(), Failure> {
        let within = Within {
            batch: closing.batch,
            operators: closing.operators,
        };
        let kept = std::mem::take(&mut *self.kept());
        let worked = closing.workers.map(kept, |chunk| {
            self.work_on(within, chunk, self.rules().repeated()).map(drop)
        });
        worked.into_iter().collect()
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

#[cfg(test)]
mod tests;
