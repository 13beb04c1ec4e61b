//! What a source is able to promise when the process dies, as a type: [`Source::Replay`](super::Source::Replay).

use super::Replay;

/// Positions can be read again: nothing is lost after a crash.
#[derive(Debug, Clone, Copy)]
pub struct Replayable;

/// The sender keeps what was not acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged;

/// What was read is gone.
#[derive(Debug, Clone, Copy)]
pub struct Gone;

/// A promise of a source.
pub trait Promise {
    /// The promise as a value.
    const REPLAY: Replay;
    /// What this and another promise amount to: the weaker.
    type And<O: Promise>: Promise;
    #[doc(hidden)]
    type AndAcknowledged: Promise;
}

impl Promise for Replayable {
    const REPLAY: Replay = Replay::Replayable;
    type And<O: Promise> = O;
    type AndAcknowledged = Acknowledged;
}

impl Promise for Acknowledged {
    const REPLAY: Replay = Replay::Acknowledged;
    type And<O: Promise> = O::AndAcknowledged;
    type AndAcknowledged = Acknowledged;
}

impl Promise for Gone {
    const REPLAY: Replay = Replay::None;
    type And<O: Promise> = Gone;
    type AndAcknowledged = Gone;
}

/// A promise under which every record counts exactly once, with a checkpoint.
#[diagnostic::on_unimplemented(
    message = "[SP0107] this source cannot be read exactly once: it promises `{Self}`",
    label = "after a crash, records are lost or read twice",
    note = "use a source that is `Replayable`, or `guarantee = at_least_once`"
)]
pub trait Exact {}

impl Exact for Replayable {}
