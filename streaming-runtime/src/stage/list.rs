use std::future::Future;

use super::{Closing, Command, Committing, Failure, Prepare, Reached, Reads, Restoring, Resume, Stage, StateChange};
use crate::engine::Io;
use crate::plan::Plan;
use crate::progress::Counts;
use crate::source::SourceError;
use crate::task::Tag;
use crate::testing::{At, Rows as TestRows};

/// The stages of a pipeline, a list of pairs `(s0, (s1, ()))` in dependency order.
///
/// Methods that concern one stage take its place in the list; `first` is the number of the list's first stage.
pub trait Stages: Send + Sync + 'static {
    /// Prepares all.
    fn prepare(&mut self, first: u32, plan: &Plan, key_partitions: usize);
    /// Sources by stage.
    fn sources(first: u32, found: &mut Vec<(u32, Reads)>);
    /// Starts to fetch.
    fn launch(&self, first: u32, io: &Io);
    /// Tells all sources what to do.
    fn command(&self, command: Command);
    /// Works on the chunk at the head of the queue of one stage.
    fn work(&self, stage: u32, batch: u64, operators: usize) -> Result<Counts, Failure>;
    /// Which of the sources of one stage a partition belongs to.
    fn arm(&self, stage: u32, partition: u32) -> usize;
    /// How far the batch that closes has read, by stage.
    fn seal(&self, first: u32, found: &mut Vec<(u32, Vec<Reached>)>);
    /// Whether any state is due.
    fn is_due(&self, batch_time: i64) -> bool;
    /// Brings the batch through all stages, advancing the clocks on the way.
    fn close(&self, first: u32, closing: &Closing<'_>, counts: &mut Counts) -> Result<(), Failure>;
    /// The batch is written.
    fn commit(&self, committing: &Committing<'_>);
    /// What state is made of, by stage.
    fn fingerprints(&self, first: u32, found: &mut Vec<(u32, Result<String, String>)>);
    /// What the batch changes in state, by stage and key partition.
    fn changes(&self, first: u32, committing: &Committing<'_>, found: &mut Vec<StateChange>) -> Result<(), Failure>;
    /// Brings back the state of one stage.
    fn restore(&self, stage: u32, restoring: &Restoring<'_>) -> Result<(), String>;
    /// Says where the sources of one stage go on.
    fn resume(&self, stage: u32, resume: Vec<Resume>) -> Result<(), String>;
    /// Puts the positions of the batch that closed into the transaction of a sink; the error names the stage.
    fn enlist(&self, first: u32) -> impl Future<Output = Result<(), (u32, SourceError)>> + Send;
    /// The batch is given up.
    fn abort(&self);
    /// Keys at rest by stage, where it has state.
    fn state_rows(&self, first: u32, found: &mut Vec<(u32, u64)>);
    /// Queues rows that a test pushes into one stage.
    fn push(&self, stage: u32, rows: TestRows, at: &At, tag: Tag) -> Result<(), String>;
}

impl Stages for () {
    fn prepare(&mut self, _: u32, _: &Plan, _: usize) {}
    fn sources(_: u32, _: &mut Vec<(u32, Reads)>) {}
    fn launch(&self, _: u32, _: &Io) {}
    fn command(&self, _: Command) {}
    fn work(&self, _: u32, _: u64, _: usize) -> Result<Counts, Failure> {
        unreachable!("the stage is in the list")
    }
    fn arm(&self, _: u32, _: u32) -> usize {
        unreachable!("the stage is in the list")
    }
    fn seal(&self, _: u32, _: &mut Vec<(u32, Vec<Reached>)>) {}
    fn is_due(&self, _: i64) -> bool {
        false
    }
    fn close(&self, _: u32, _: &Closing<'_>, _: &mut Counts) -> Result<(), Failure> {
        Ok(())
    }
    fn commit(&self, _: &Committing<'_>) {}
    fn fingerprints(&self, _: u32, _: &mut Vec<(u32, Result<String, String>)>) {}
    fn changes(&self, _: u32, _: &Committing<'_>, _: &mut Vec<StateChange>) -> Result<(), Failure> {
        Ok(())
    }
    fn restore(&self, _: u32, _: &Restoring<'_>) -> Result<(), String> {
        unreachable!("the stage is in the list")
    }
    fn resume(&self, _: u32, _: Vec<Resume>) -> Result<(), String> {
        unreachable!("the stage is in the list")
    }
    async fn enlist(&self, _: u32) -> Result<(), (u32, SourceError)> {
        Ok(())
    }
    fn abort(&self) {}
    fn state_rows(&self, _: u32, _: &mut Vec<(u32, u64)>) {}
    fn push(&self, _: u32, _: TestRows, _: &At, _: Tag) -> Result<(), String> {
        unreachable!("the stage is in the list")
    }
}

impl<A: Stage, B: Stages> Stages for (A, B) {
    fn prepare(&mut self, first: u32, plan: &Plan, key_partitions: usize) {
        self.0.prepare(&Prepare {
            key_partitions,
            operator: super::task::operator_of(plan, first),
        });
        self.1.prepare(first + 1, plan, key_partitions);
    }
    fn sources(first: u32, found: &mut Vec<(u32, Reads)>) {
        found.extend(A::SOURCES.map(|reads| (first, reads)));
        B::sources(first + 1, found);
    }
    fn launch(&self, first: u32, io: &Io) {
        self.0.launch(first, io);
        self.1.launch(first + 1, io);
    }
    fn command(&self, command: Command) {
        self.0.command(command);
        self.1.command(command);
    }
    fn work(&self, stage: u32, batch: u64, operators: usize) -> Result<Counts, Failure> {
        match stage {
            0 => self.0.work(batch, operators),
            _ => self.1.work(stage - 1, batch, operators),
        }
    }
    fn arm(&self, stage: u32, partition: u32) -> usize {
        match stage {
            0 => self.0.arm(partition),
            _ => self.1.arm(stage - 1, partition),
        }
    }
    fn seal(&self, first: u32, found: &mut Vec<(u32, Vec<Reached>)>) {
        let reached = self.0.seal();
        if !reached.is_empty() {
            found.push((first, reached));
        }
        self.1.seal(first + 1, found);
    }
    fn is_due(&self, batch_time: i64) -> bool {
        self.0.is_due(batch_time) || self.1.is_due(batch_time)
    }
    fn close(&self, first: u32, closing: &Closing<'_>, counts: &mut Counts) -> Result<(), Failure> {
        if let Some(more) = self.0.close(closing)? {
            counts.add(&more);
        }
        closing.clocks.advance(first, closing.ledger);
        self.1.close(first + 1, closing, counts)
    }
    fn commit(&self, committing: &Committing<'_>) {
        self.0.commit(committing);
        self.1.commit(committing);
    }
    fn fingerprints(&self, first: u32, found: &mut Vec<(u32, Result<String, String>)>) {
        found.extend(self.0.fingerprint().map(|fingerprint| (first, fingerprint)));
        self.1.fingerprints(first + 1, found);
    }
    fn changes(&self, first: u32, committing: &Committing<'_>, found: &mut Vec<StateChange>) -> Result<(), Failure> {
        let changes = self.0.changes(committing)?;
        found.extend(changes.into_iter().map(|(partition, bytes)| StateChange {
            stage: first,
            partition,
            bytes,
        }));
        self.1.changes(first + 1, committing, found)
    }
    fn restore(&self, stage: u32, restoring: &Restoring<'_>) -> Result<(), String> {
        match stage {
            0 => self.0.restore(restoring),
            _ => self.1.restore(stage - 1, restoring),
        }
    }
    fn resume(&self, stage: u32, resume: Vec<Resume>) -> Result<(), String> {
        match stage {
            0 => self.0.resume(resume),
            _ => self.1.resume(stage - 1, resume),
        }
    }
    async fn enlist(&self, first: u32) -> Result<(), (u32, SourceError)> {
        self.0.enlist().await.map_err(|error| (first, error))?;
        self.1.enlist(first + 1).await
    }
    fn abort(&self) {
        self.0.abort();
        self.1.abort();
    }
    fn state_rows(&self, first: u32, found: &mut Vec<(u32, u64)>) {
        found.extend(self.0.state_rows().map(|rows| (first, rows)));
        self.1.state_rows(first + 1, found);
    }
    fn push(&self, stage: u32, rows: TestRows, at: &At, tag: Tag) -> Result<(), String> {
        match stage {
            0 => self.0.push(rows, at, tag),
            _ => self.1.push(stage - 1, rows, at, tag),
        }
    }
}
