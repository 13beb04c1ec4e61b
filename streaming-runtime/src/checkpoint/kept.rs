//! The checkpoint of a pipeline, in the filesystem of the machine.
//!
//! The rest of this module is generic over the filesystem, so that tests can break it. Here it is fixed, by functions that are not generic: they are
//! compiled once, in this crate, and not in every crate that runs a pipeline.

use std::path::Path;

use super::changes::{Change, Reader};
use super::error::CheckpointError;
use super::history::{Lists, Origin};
use super::identity::Identity;
use super::journal::{Delta, Journal};
use super::opened::{self, Last, Opened};
use super::real::Real;

/// A checkpoint that was found; nothing is appended to it before [`begin`](Self::begin).
#[derive(Debug)]
pub(crate) struct Checkpoint(Opened<Real>);

/// A checkpoint to which batches are appended.
#[derive(Debug)]
pub(crate) struct Log(Journal<Real>);

/// A list of changes that is being read.
#[derive(Debug)]
pub(crate) struct Changed<'c> {
    checkpoint: &'c Checkpoint,
    operator: u32,
    bytes: Vec<u8>,
    origin: Origin<'c, Real>,
}

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
        let mut lists = self.0.lists(operator, partition);
        while let Some(list) = self.next(operator, &mut lists)? {
            let mut reader = Reader::new(&list.bytes);
            while let Some(change) = list.next(&mut reader)? {
                if let Err(reason) = take(change) {
                    return Err(list.refused(&reason));
                }
            }
        }
        Ok(())
    }

    fn next<'c>(
        &'c self,
        operator: u32,
        lists: &mut Option<Lists<'c, Real>>,
    ) -> Result<Option<Changed<'c>>, CheckpointError> {
        let Some(lists) = lists else { return Ok(None) };
        Ok(lists.next()?.map(|(bytes, origin)| Changed {
            checkpoint: self,
            operator,
            bytes,
            origin,
        }))
    }

    /// Starts a segment of the journal in a new epoch; durable when this returns.
    pub(crate) fn begin(self) -> Result<Log, CheckpointError> {
        Ok(Log(self.0.begin()?))
    }
}

impl Changed<'_> {
    fn next<'b>(&self, reader: &mut Reader<'b>) -> Result<Option<Change<'b>>, CheckpointError> {
        self.origin.change(reader)
    }

    #[cold]
    fn refused(&self, reason: &str) -> CheckpointError {
        self.checkpoint.0.refused(self.operator, &self.origin, reason)
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
