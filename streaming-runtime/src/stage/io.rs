use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use super::fetch::ChunkLimit;
use super::room::Room;
use super::{Failure, Ticket};
use crate::checkpoint::CheckpointError;
use crate::progress::Counts;
use crate::run::Run;
use crate::sink::SinkFailure;
use crate::source::SourceError;

/// What a task needs that does input or output: where to run, whom to tell, how much room there is.
#[derive(Debug, Clone)]
pub struct Io {
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) signals: Sender<Signal>,
    pub(crate) room: Arc<Room>,
    pub(crate) run: Arc<Run>,
    pub(crate) chunk: ChunkLimit,
    /// Sources read what is there now, then end.
    pub(crate) bounded: bool,
}

impl Io {
    /// Tells the driver. A driver that is gone needs to know nothing.
    pub(crate) fn tell(&self, signal: Signal) {
        let _ = self.signals.send(signal);
    }

    /// Tells the driver how it went to write a batch.
    pub(crate) fn tell_written(&self, result: Result<Written, NotWritten>) {
        self.tell(Signal::Written(result));
    }
}

/// Waits for a signal, for as long as `patience` says. Its own function, so that the channel is compiled once.
pub(crate) fn receive(inbox: &Receiver<Signal>, patience: Option<Duration>) -> Result<Signal, RecvTimeoutError> {
    match patience {
        None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(patience) => inbox.recv_timeout(patience),
    }
}

/// A signal that is there already.
pub(crate) fn received(inbox: &Receiver<Signal>) -> Option<Signal> {
    inbox.try_recv().ok()
}

/// What the driver is told.
#[derive(Debug)]
pub(crate) enum Signal {
    /// A source says something.
    Source { stage: u32, event: FeedEvent },
    /// A source could not go on.
    SourceFailed { stage: u32, error: SourceError },
    /// A source is closed; the last thing said about it.
    SourceClosed,
    /// A chunk is worked on.
    Done {
        stage: u32,
        result: Result<Counts, Failure>,
    },
    /// The batch that was closed last is in the sinks, or is not.
    Written(Result<Written, NotWritten>),
    /// Finish the open batch, then end.
    Stop,
    /// Finish the open batch, close every window, then end.
    Drain,
    /// End at once.
    Kill,
}

/// A source's [`Event`](crate::source::Event), with a ticket in the place of the data.
#[derive(Debug)]
pub(crate) enum FeedEvent {
    Added {
        partition: u32,
        /// Which of the sources that the stage reads it belongs to.
        arm: usize,
        label: String,
    },
    Removed {
        partition: u32,
    },
    Chunk(Ticket),
    CaughtUp {
        partition: u32,
    },
    ArmsEnded {
        arms: Range<usize>,
    },
    Ended,
}

/// How long it took to write a batch, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    pub(crate) write_us: u64,
    pub(crate) commit_us: u64,
}

/// Why a batch is not written.
#[derive(Debug)]
pub(crate) enum NotWritten {
    Sink(SinkFailure),
    /// A source, by its stage, could not put its positions into the transaction of a sink.
    Source(u32, SourceError),
    Checkpoint(CheckpointError),
}
