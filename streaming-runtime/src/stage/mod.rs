//! Stages: flat loops with the user's closures in place, and what feeds and follows them.

mod feed;
mod fetch;
mod io;
mod keyed;
mod list;
mod orders;
mod room;
mod rows;
mod source;
mod task;
mod tries;

pub(crate) use feed::{Fed, Feed, Resumed, Size, Span};
pub use feed::{Reached, Resume, Ticket};
pub(crate) use fetch::ChunkLimit;
pub use io::Io;
pub(crate) use io::{FeedEvent, NotWritten, Signal, Written, receive, received};
pub use keyed::KeyedStage;
pub use list::{Preparing, Stages, Visit};
pub use orders::{Command, Enlisting};
pub(crate) use orders::{Orders, Told, orders};
pub(crate) use room::Room;
pub use rows::{LocalRows, Rows, RowsStage};
pub use source::SourceStage;
pub use task::Failure;
pub(crate) use task::{Place, panic_text, run_task};

use crate::bench::{At, Rows as TestRows};
use crate::checkpoint::Checkpoint;
pub use crate::held::{Held, Let};
use crate::plan::Plan;
use crate::progress::Counts;
use crate::settings::OnPanic;
use crate::source::Replay;
use crate::state::keyed::Layout;
use crate::task::Tag;
use crate::workers::Workers;

/// One stage, as the engine calls it. What a kind of stage has no use for it leaves out.
///
/// A batch passes a stage like this: `work` for every chunk (sources only), `close` when all chunks are done, in the order of
/// the stages; then either `commit`, once the sinks have written, or `abort`.
pub trait Stage: Send + Sync + 'static {
    /// The sources of the plan that it reads, where it reads any.
    const SOURCES: Option<Reads> = None;

    /// Called once, before the first batch.
    fn prepare(&mut self, prepare: &Prepare) {
        let _ = prepare;
    }

    /// Starts to fetch.
    fn launch(&self, stage: u32, io: &Io) {
        let _ = (stage, io);
    }

    /// Tells the source what to do.
    fn command(&self, command: Command) {
        let _ = command;
    }

    /// Works on the chunk that a ticket stands for.
    fn work(&self, ticket: &Ticket, batch: u64, operators: usize) -> Result<Counts, Failure> {
        let _ = (ticket, batch, operators);
        unreachable!("only sources have chunks")
    }

    /// How far the batch that closes has read. Its chunks are not worked on again.
    fn seal(&self, closing: &Closing<'_>) -> Vec<Reached> {
        let _ = closing;
        Vec::new()
    }

    /// Whether state waits to be emitted under the watermark as it is now.
    fn is_due(&self, batch_time: i64) -> bool {
        let _ = batch_time;
        false
    }

    /// The batch time at which state has something to do, although nothing comes.
    fn next_due(&self) -> Option<i64> {
        None
    }

    /// Brings the batch through this stage; `None` where nothing was there to do.
    fn close(&self, closing: &Closing<'_>) -> Result<Option<Counts>, Failure>;

    /// The batch is written.
    fn commit(&self, committing: &Committing<'_>) {
        let _ = committing;
    }

    /// What its state is made of, where it has state that outlasts a batch. The error says why it cannot be kept in a checkpoint.
    fn layout(&self) -> Option<Result<Layout, String>> {
        None
    }

    /// What the batch changes in state, by key partition, as the checkpoint keeps it.
    fn changes(&self, committing: &Committing<'_>) -> Result<Vec<(u32, Vec<u8>)>, Failure> {
        let _ = committing;
        Ok(Vec::new())
    }

    /// Brings back state.
    fn restore(&self, restoring: &Restoring<'_>) -> Result<(), String> {
        let _ = restoring;
        Ok(())
    }

    /// Says where to go on reading, before the source is launched.
    fn resume(&self, resume: Vec<Resume>) -> Result<(), String> {
        let _ = resume;
        Ok(())
    }

    /// Puts the positions of the batch that closed into the transaction of a sink; `None` where it has moved none.
    fn enlist(&self) -> Option<Held<Enlisting>> {
        None
    }

    /// The batch is aborted.
    fn abort(&self);

    /// What the batch has done here is dropped, and the batch is worked on again: a source keeps its chunks.
    fn rewind(&self) {
        self.abort();
    }

    /// Works once more on the chunks of the batch (sources only).
    fn rework(&self, closing: &Closing<'_>) -> Result<(), Failure> {
        let _ = closing;
        Ok(())
    }

    /// Keys at rest, where it has state.
    fn state_rows(&self) -> Option<u64> {
        None
    }

    /// Queues rows that a test pushes, as a chunk.
    fn push(&self, rows: TestRows, at: &At, tag: Tag) -> Result<Ticket, String> {
        let _ = (rows, at, tag);
        unreachable!("only sources are pushed into")
    }
}

/// The sources that a stage reads.
#[derive(Debug, Clone, Copy)]
pub struct Reads {
    /// How many there are in the plan.
    pub(crate) arms: usize,
    /// Whether they can be read again.
    pub(crate) replay: Replay,
    /// Whether more may come after they have ended.
    pub(crate) grows: bool,
    /// Whether a group outside of the checkpoint knows what was read of all of them.
    pub(crate) grouped: bool,
}

/// What a stage is told before the first batch.
#[derive(Debug)]
pub struct Prepare {
    pub(crate) key_partitions: usize,
    /// The operator to blame for what fails outside the stage's closures.
    pub(crate) operator: u32,
    pub(crate) plan: &'static Plan,
    /// How often a task is tried in all.
    pub(crate) tries: u32,
    pub(crate) on_panic: OnPanic,
}

/// What a stage knows when the batch closes.
#[derive(Debug)]
pub struct Closing<'a> {
    pub(crate) batch: u64,
    pub(crate) batch_time: i64,
    pub(crate) operators: usize,
    pub(crate) key_partitions: usize,
    pub(crate) workers: &'a Workers,
}

/// What a batch changes in the state of a stage in one key partition, as the checkpoint keeps it.
#[derive(Debug)]
pub struct StateChange {
    pub(crate) stage: u32,
    pub(crate) partition: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Where the state of a stage is found.
#[derive(Debug)]
pub struct Restoring<'a> {
    pub(crate) checkpoint: &'a Checkpoint,
    /// Number of the stage's operator in the checkpoint.
    pub(crate) operator: u32,
    pub(crate) workers: &'a Workers,
}

/// What a stage knows when the batch is written.
#[derive(Debug)]
pub struct Committing<'a> {
    /// Records that the batch read: how much work to expect.
    pub(crate) rows: u64,
    pub(crate) workers: &'a Workers,
}
