//! The checkpoint directory: a journal of decided batches, snapshots of state, and a manifest of which files count.
//!
//! It knows bytes only. A batch is decided by one frame of the journal and one sync; state comes back as a snapshot and the changes since.
//! `docs/checkpoint-format.md` of the repository describes every byte.
//!
//! What is here, from the outside in: [`Checkpoint::open`] gives a checkpoint to load from, [`Checkpoint::begin`] a [`Log`] to append to.

mod changes;
mod compactor;
mod convert;
mod copy;
mod directory;
mod error;
mod evolve;
mod filesystem;
mod frame;
mod history;
mod identity;
mod journal;
mod kept;
mod layout;
mod load;
mod manifest;
mod opened;
mod planted;
mod real;
mod seal;
mod segment;
mod shape;
mod snapshot;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use changes::read as read_changes;
pub(crate) use changes::{Change, Changes};
pub use copy::copy;
pub use error::CheckpointError;
pub(crate) use error::stays;
pub(crate) use evolve::Note;
pub(crate) use identity::Identity;
pub(crate) use journal::Delta;
pub(crate) use kept::{Checkpoint, Log};
pub(crate) use layout::{Described, Layout, Means, PartOf, StateOf};
pub(crate) use shape::{OPAQUE, Value};
