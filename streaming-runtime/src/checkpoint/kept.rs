//! The checkpoint of a pipeline, in the filesystem of the machine.
//!
//! The rest of this module is generic over the filesystem, so that tests can break it. Here it is fixed, by functions that are not generic: they are
//! compiled once, in this crate, and not in every crate that runs a pipeline.

use std::path::Path;

use super::changes::{Change, Reader};
use super::error::CheckpointError;
use super::evolve::Note;
use super::identity::Identity;
use super::journal::{Delta, Journal};
use super::load::{self, Cursor, ReadChanges};
use super::opened::{self, Last, Opened};
use super::real::Real;

/// A checkpoint that was found; nothing is appended to it before [`begin`](Self::begin).
#[derive(Debug)]
pub(crate) struct Checkpoint(Opened<Real>);

/// A checkpoint to which batches are appended.
#[derive(Debug)]
pub(crate) struct Log(Journal<Real>);

/// The changes of one operator in one key partition.
#[derive(Debug)]
struct OnDisk<'c>(Cursor<'c, Real>);

impl Checkpoint {
    /// Opens the checkpoint in a directory, or makes an empty one. What is written to a `passing` one need not outlast the machine.
    pub(crate) fn open(directory: &Path, passing: bool, identity: Identity) -> Result<Self, CheckpointError> {
        let disk = if passing { Real::passing() } else { Real::default() };
        Ok(Self(opened::open(disk, directory, identity)?))
    }

    /// The random id of the directory.
    pub(crate) fn id(&self) -> &str {
        self.0.id()
    }

    /// The batch decided last; `None` in a new checkpoint.
    pub(crate) fn last(&self) -> Option<&Last> {
        self.0.last()
    }

    /// The last batch, which is not done, never happened.
    pub(crate) fn undo(&mut self) -> Result<(), CheckpointError> {
        self.0.undo()
    }

    /// What has changed since the checkpoint was written.
    pub(crate) fn notes(&self) -> &[Note] {
        self.0.notes()
    }

    /// Writes the state anew where the program needs it in another form; comes before it is loaded.
    pub(crate) fn convert(&mut self) -> Result<(), CheckpointError> {
        self.0.convert()
    }

    /// How many bytes of a snapshot hold state of an operator of this run in a key partition.
    pub(crate) fn bytes(&self, operator: u32, partition: u32) -> u64 {
        self.0.bytes(operator, partition)
    }

    /// Gives the changes of an operator of this run in a key partition, oldest first.
    ///
    /// What `take` says against a change is a [`CheckpointError::Mismatch`]: the bytes are what was written.
    pub(crate) fn load(
        &self,
        operator: u32,
        partition: u32,
        mut take: impl FnMut(Change<'_>) -> Result<(), String>,
    ) -> Result<(), CheckpointError> {
        load::load(&mut self.changes(operator, partition), &mut take)
    }

    fn changes(&self, operator: u32, partition: u32) -> OnDisk<'_> {
        OnDisk(Cursor::new(&self.0, operator, partition))
    }

    /// Starts a segment of the journal in a new epoch; durable when this returns.
    pub(crate) fn begin(self) -> Result<Log, CheckpointError> {
        Ok(Log(self.0.begin()?))
    }
}

impl ReadChanges for OnDisk<'_> {
    fn next_list(&mut self) -> Result<Option<Vec<u8>>, CheckpointError> {
        self.0.next_list()
    }

    fn next_change<'b>(&self, reader: &mut Reader<'b>) -> Result<Option<Change<'b>>, CheckpointError> {
        self.0.next_change(reader)
    }

    fn refused(&self, reason: &str) -> CheckpointError {
        self.0.refused(reason)
    }
}

impl Log {
    /// Appends a batch and makes it durable: it is decided when this returns.
    pub(crate) fn append(&mut self, batch: u64, deltas: &[Delta], meta: &[u8]) -> Result<(), CheckpointError> {
        self.0.append(batch, deltas, meta, true)
    }

    /// Notes that what the last batch decided is carried out.
    pub(crate) fn done(&mut self, batch: u64) -> Result<(), CheckpointError> {
        self.0.done(batch)
    }

    /// The batch appended last, which is not done, did not happen; durable when this returns.
    pub(crate) fn undo(&mut self, batch: u64) -> Result<(), CheckpointError> {
        self.0.undo(batch)
    }

    /// Fails where the directory was removed or another one took its name.
    pub(crate) fn look(&mut self) -> Result<(), CheckpointError> {
        self.0.look()
    }

    /// Makes everything durable and unlocks the directory.
    pub(crate) fn close(self) -> Result<(), CheckpointError> {
        self.0.close()
    }
}
