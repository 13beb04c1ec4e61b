//! What a sink is able to promise when the process dies, as a type: [`Sink::Delivery`](super::Sink::Delivery).

use serde::{Serialize, de::DeserializeOwned};

use super::{Delivery, SinkError};

/// [`Sink::prepare`](super::Sink::prepare) makes output durable but invisible, and [`Sink::commit`](super::Sink::commit) makes it visible, in a later process if need be.
#[derive(Debug, Clone, Copy)]
pub struct Transactional;

/// The sink's own transaction decides whether a batch counts: its output is gone with the process unless it was committed, and
/// [`Sink::decided`](super::Sink::decided) says afterwards which.
///
/// One transaction can decide, so a pipeline with a checkpoint does not start with two. Sinks that write in the same one, as all `kafka` sinks of a
/// pipeline do, say so with [`Sink::transaction`](super::Sink::transaction).
#[derive(Debug, Clone, Copy)]
pub struct Deciding;

/// Writing the same batch again leaves the same output. With a checkpoint the output is kept in the journal until it is written.
#[derive(Debug, Clone, Copy)]
pub struct Idempotent;

/// A batch that is written again is there twice. With a checkpoint the output is kept in the journal until it is written.
#[derive(Debug, Clone, Copy)]
pub struct AtLeastOnce;

/// What was written is gone with the process: a list in memory.
#[derive(Debug, Clone, Copy)]
pub struct InMemory;

/// A promise of a sink that stages `S`, and what the runtime must do so that it is kept.
#[diagnostic::on_unimplemented(
    message = "a sink of `{S}` cannot promise `{Self}`",
    label = "not to be had for `{S}`",
    note = "the runtime keeps the output of `Idempotent` and `AtLeastOnce` sinks in its journal: `Staged` must be `Serialize` and `DeserializeOwned`"
)]
pub trait Promise<S> {
    /// The promise as a value.
    const DELIVERY: Delivery;
    /// The output as the journal keeps it; `None` where it need not.
    #[doc(hidden)]
    fn log(staged: &[S]) -> Result<Option<Vec<u8>>, SinkError> {
        let _ = staged;
        Ok(None)
    }
    /// What [`log`](Self::log) has written.
    #[doc(hidden)]
    fn read(log: &[u8]) -> Result<Vec<S>, SinkError> {
        let _ = log;
        Ok(Vec::new())
    }
}

impl<S> Promise<S> for Transactional {
    const DELIVERY: Delivery = Delivery::Transactional;
}

impl<S> Promise<S> for Deciding {
    const DELIVERY: Delivery = Delivery::Deciding;
}

impl<S> Promise<S> for InMemory {
    const DELIVERY: Delivery = Delivery::InMemory;
}

impl<S: Serialize + DeserializeOwned> Promise<S> for Idempotent {
    const DELIVERY: Delivery = Delivery::Idempotent;
    fn log(staged: &[S]) -> Result<Option<Vec<u8>>, SinkError> {
        log(staged)
    }
    fn read(bytes: &[u8]) -> Result<Vec<S>, SinkError> {
        read(bytes)
    }
}

impl<S: Serialize + DeserializeOwned> Promise<S> for AtLeastOnce {
    const DELIVERY: Delivery = Delivery::AtLeastOnce;
    fn log(staged: &[S]) -> Result<Option<Vec<u8>>, SinkError> {
        log(staged)
    }
    fn read(bytes: &[u8]) -> Result<Vec<S>, SinkError> {
        read(bytes)
    }
}

fn log<S: Serialize>(staged: &[S]) -> Result<Option<Vec<u8>>, SinkError> {
    postcard::to_stdvec(staged)
        .map(Some)
        .map_err(|e| SinkError::new(format!("cannot keep the output in the journal: {e}")).permanent())
}

fn read<S: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<S>, SinkError> {
    postcard::from_bytes(bytes).map_err(|e| {
        SinkError::new(format!(
            "cannot read the output that the journal kept: {e}: start once with the version that wrote it"
        ))
        .permanent()
    })
}

/// A promise under which every batch is there exactly once, with a checkpoint and sources that can be replayed.
#[diagnostic::on_unimplemented(
    message = "[SP0107] this sink cannot write exactly once: it promises `{Self}`",
    label = "a batch may be here twice, or be missing, after a crash",
    note = "use a sink that is `Transactional`, `Deciding` or `Idempotent`, or `guarantee = at_least_once`"
)]
pub trait Exact {}

impl Exact for Transactional {}
impl Exact for Deciding {}
impl Exact for Idempotent {}
