//! Sources: where records come from.

mod block;
mod channel;
pub(crate) mod cutter;
mod fault;
mod files;
pub(crate) mod framing;
#[cfg(feature = "kafka")]
pub mod kafka;
mod memory;
mod merge;
mod own;
mod rate;
pub mod replay;
mod slice;
mod socket;
mod stdin;

pub use block::{Block, Origin};
pub use channel::{Channel, channel};
pub use fault::{Fault, Signature};
pub use files::{FilePosition, Files, Mark, files};
pub use framing::Framing;
#[cfg(feature = "kafka")]
pub use kafka::{kafka, start};
pub use memory::{Memory, memory};
pub use merge::{Either, Merge, merge};
#[doc(hidden)]
pub use own::exactly_once;
pub use own::{IntoSource, source};
pub use rate::{Rate, RateSource, rate};
pub use slice::{IntoValues, Slice, Values};
pub use socket::{Socket, socket};
pub use stdin::{Stdin, stdin};

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use crate::bench;
use crate::decode::LetterHeaders;
pub use crate::error::SourceError;
use crate::held::{Held, held};
pub use crate::plan::Replay;
use crate::run::Run;

/// How a source is opened.
#[derive(Debug, Clone)]
pub struct Open<P> {
    /// Read what is there now, then end.
    pub bounded: bool,
    /// Where to go on reading, by partition label; empty at the first start. A partition of several [units](Source::unit) is there
    /// once for each of them, in no particular order.
    pub resume: Vec<(String, P)>,
    /// What is known of the run: the pipeline's name, whether there is a checkpoint.
    pub run: Arc<Run>,
    /// The most rows one chunk should hold.
    pub chunk_rows: usize,
    /// The most bytes one chunk should hold.
    pub chunk_bytes: usize,
}

/// What a source says next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<C, P> {
    /// A partition is read from now on. Every partition of [`Open::resume`] is to be announced, if only to be [removed](Self::Removed): until then
    /// the watermark stays where it had been read to, for as long as the `idle` of `event_time` at most.
    Added {
        /// Number of the partition: small, unique within the source, never used again.
        partition: u32,
        /// What a person calls it: `orders/3`, `data/flights.csv`.
        label: String,
    },
    /// A partition is no longer read here (it went to another member, or its file is finished).
    Removed {
        /// The partition.
        partition: u32,
    },
    /// Data.
    Chunk(Fetched<C, P>),
    /// The position moved without data: a file is finished, or a topic holds control records there. It takes effect in order with the chunks, and is written
    /// to the checkpoint with the next batch.
    Moved {
        /// The partition.
        partition: u32,
        /// Where to go on reading.
        next: P,
    },
    /// The partition was read up to its end and nothing more is there at present.
    CaughtUp {
        /// The partition.
        partition: u32,
    },
    /// Some of several [merged](merge) sources have ended; the others go on. Only merged sources say so.
    ArmsEnded {
        /// Which of the [`ARMS`](Source::ARMS).
        arms: std::ops::Range<usize>,
    },
    /// Nothing will come any more.
    Ended,
}

/// A chunk with its coordinates.
#[derive(Debug)]
pub struct Fetched<C, P> {
    /// Where it came from.
    pub partition: u32,
    /// The data.
    pub chunk: C,
    /// Records in it, where known without decoding, else 0.
    pub rows: u64,
    /// Bytes it holds in memory.
    pub bytes: u64,
    /// Where to go on reading after this chunk.
    pub next: P,
    /// Records that wait behind this chunk, where known.
    pub lag: Option<u64>,
}

/// A source of chunks.
///
/// One task of the runtime owns the source and asks it for the [next event](Source::next) as long as there is room for more;
/// asking less often *is* the back-pressure. Chunks are worked on in parallel, and their records may borrow from them.
///
/// A source of one's own is read with `source(value)`. Its chunks are a [`Slice`] of typed values, or any type that implements [`Records`] (values) or
/// [`Payloads`] (bytes for a decoder). Here is one that counts down:
///
/// ```
/// use streaming_runtime::source::{Event, Fetched, Open, Records, Slice, Source, SourceError, replay};
///
/// struct Countdown {
///     announced: bool,
///     left: u64,
/// }
///
/// impl Source for Countdown {
///     type Chunk = Slice<u64>;
///     /// How many are left.
///     type Position = u64;
///     type Replay = replay::Replayable;
///
///     async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
///         if let Some((_label, left)) = open.resume.first() {
///             self.left = *left;
///         }
///         Ok(())
///     }
///
///     async fn next(&mut self) -> Result<Event<Slice<u64>, u64>, SourceError> {
///         if !std::mem::replace(&mut self.announced, true) {
///             return Ok(Event::Added { partition: 0, label: "countdown".into() });
///         }
///         if self.left == 0 {
///             return Ok(Event::Ended);
///         }
///         let value = self.left;
///         self.left -= 1;
///         Ok(Event::Chunk(Fetched {
///             partition: 0,
///             chunk: Slice::new("countdown", value, vec![value]),
///             rows: 1,
///             bytes: 8,
///             next: self.left,
///             lag: Some(self.left),
///         }))
///     }
///
///     async fn commit(&mut self, _positions: &[(u32, u64)]) -> Result<(), SourceError> {
///         Ok(())
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let mut source = Countdown { announced: false, left: 2 };
/// let mut values = Vec::new();
/// loop {
///     match source.next().await? {
///         Event::Chunk(fetched) => values.extend(fetched.chunk.records().map(|(_at, value)| *value)),
///         Event::Ended => break,
///         _ => {}
///     }
/// }
/// assert_eq!(values, [2, 1]);
/// # Ok::<(), SourceError>(())
/// # }).unwrap();
/// ```
pub trait Source: Send + Sized + 'static {
    /// A piece of input, usually one buffer and the places of records in it.
    type Chunk: Send + Sync + 'static;

    /// Where reading stands in one partition.
    type Position: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Whether positions can be read again: one of the types of [`replay`].
    type Replay: replay::Promise;

    /// Says how the decoder behind the source cuts its bytes into records; called once, before `open`. Sources of whole messages
    /// and of typed records have nothing to cut.
    #[must_use]
    fn framed(self, framing: Framing) -> Self {
        let _ = framing;
        self
    }

    /// Which unit of its partition a position belongs to. A partition usually has one position, and this is empty.
    ///
    /// A partition may consist of units that each have a position of their own, as the files of a pattern have. The checkpoint keeps one entry
    /// for each, and a batch writes only the entries that it changed.
    #[must_use]
    fn unit(position: &Self::Position) -> String {
        let _ = position;
        String::new()
    }

    /// Whether nothing more is to be read of the [unit](Self::unit) that has this position: the checkpoint then drops its entry.
    #[must_use]
    fn is_finished(position: &Self::Position) -> bool {
        let _ = position;
        false
    }

    /// A position as text, as the checkpoint keeps it.
    #[doc(hidden)]
    fn write_position(position: &Self::Position) -> String {
        serde_json::to_string(position).unwrap_or_else(|_| format!("{position:?}"))
    }

    /// A position of one of the [`ARMS`](Self::ARMS) from its text.
    #[doc(hidden)]
    fn read_position(arm: usize, text: &str) -> Result<Self::Position, String> {
        let _ = arm;
        serde::Deserialize::deserialize(&*json(text)?).map_err(|error: serde_json::Error| error.to_string())
    }

    /// The offset, within its partition, of a row of a chunk: for error messages.
    fn offset(chunk: &Self::Chunk, row: u64) -> u64 {
        let _ = chunk;
        row
    }

    /// What a person calls the place of a chunk, where that is more than the partition's label, as a file of many: for error messages.
    #[must_use]
    fn place(chunk: &Self::Chunk) -> Option<&str> {
        let _ = chunk;
        None
    }

    /// Opens the source.
    fn open(&mut self, open: Open<Self::Position>) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// The next event. Must be cancel-safe: the future may be dropped between two polls without losing anything.
    fn next(&mut self) -> impl Future<Output = Result<Event<Self::Chunk, Self::Position>, SourceError>> + Send;

    /// Whether more may come after it has [ended](Event::Ended) in a bounded run, as in a topic or a directory. With a checkpoint, windows that are open then wait for
    /// the next run; without, and where nothing more can come, they are closed.
    const GROWS: bool = false;

    /// Whether a group outside of the checkpoint knows what was read, as that of a Kafka source does: with a new checkpoint directory the source itself
    /// refuses what contradicts it, or resumes there.
    #[doc(hidden)]
    const GROUPED: bool = false;

    /// Hands the positions that a batch has reached to the transaction of a [`Deciding`](crate::sink::delivery::Deciding) sink, before the sinks prepare
    /// the batch. An error stops the pipeline before any of it is written.
    fn enlist(&mut self, positions: &[(u32, Self::Position)]) -> impl Future<Output = Result<(), SourceError>> + Send {
        let _ = positions;
        async { Ok(()) }
    }

    /// Everything before these positions is in the sinks: the source may forget it, acknowledge it, commit it to its group.
    fn commit(&mut self, positions: &[(u32, Self::Position)]) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// A chunk of rows that a [test](crate::testing) pushes into this source, as if it had been read at `at`. The source is not
    /// open. The error says which rows the source takes.
    fn chunk_for_test(&self, rows: bench::Rows, at: &bench::At) -> Result<Self::Chunk, String> {
        let _ = (rows, at);
        Err("this source takes no rows from a test".to_owned())
    }

    /// How many sources of the plan this is: 1, but for merged ones, whose arms are in the order of the plan.
    const ARMS: usize = 1;

    /// Which of the [`ARMS`](Self::ARMS) a partition belongs to.
    #[must_use]
    fn arm(partition: u32) -> usize {
        let _ = partition;
        0
    }

    /// Closes the source in good order.
    fn close(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// What is known of a record beside its value.
pub trait Meta {
    /// What a person calls the partition: `orders/3`, `data/flights.csv`.
    fn place(&self) -> std::borrow::Cow<'_, str>;
    /// Where the record stands in its partition.
    fn offset(&self) -> u64;
    /// The key it was sent with.
    fn key(&self) -> Option<&[u8]> {
        None
    }
    /// The time it was sent at, epoch milliseconds.
    fn timestamp(&self) -> Option<i64> {
        None
    }
    /// Why the source cannot hand out the record as it is: the decoder makes an error of it.
    #[inline]
    fn fault(&self) -> Option<&Fault> {
        None
    }
    /// Calls `add` with the name and the value of each header that it was sent with, in order; a name may come more than once.
    fn each_header<'m>(&'m self, add: impl FnMut(&'m str, Option<&'m [u8]>)) {
        let _ = add;
    }
    /// The headers for a dead letter.
    #[doc(hidden)]
    fn letter_headers(&self) -> LetterHeaders<'_> {
        let mut headers = Vec::new();
        self.each_header(|name, value| headers.push((name.into(), value.map(Into::into))));
        LetterHeaders::new(headers)
    }
}

/// A chunk whose records are ready to use, lent to the stage.
#[diagnostic::on_unimplemented(
    message = "the records of this source are bytes",
    label = "needs a decoder",
    note = "add `.lines()`, `.json::<T>()` or `.csv::<T>()` behind the source"
)]
pub trait Records: Send + Sync {
    /// A record, borrowed from the chunk.
    type Record<'c>
    where
        Self: 'c;
    /// What is known about a record beside its value.
    type Meta<'c>: Meta
    where
        Self: 'c;
    /// The records in order.
    fn records(&self) -> impl Iterator<Item = (Self::Meta<'_>, Self::Record<'_>)>;
}

/// A chunk of byte payloads that a decoder turns into records.
#[diagnostic::on_unimplemented(
    message = "this source has no bytes to decode",
    label = "its records are typed already",
    note = "remove the decoder, or use a source of bytes: `stdin`, `files`, `socket`, `kafka`"
)]
pub trait Payloads: Send + Sync {
    /// What is known about a record beside its value.
    type Meta<'c>: Meta
    where
        Self: 'c;
    /// The payloads in order: lines of a text, values of messages.
    fn payloads(&self) -> impl Iterator<Item = (Self::Meta<'_>, &[u8])>;
    /// The first row of a CSV partition, where the [framing](Framing::csv) asked for one.
    fn header(&self) -> Option<&[u8]> {
        None
    }
}

held!(serde_json::Value);

/// Reads JSON. Its own function, so that the parser is compiled once.
fn json(text: &str) -> Result<Held<serde_json::Value>, String> {
    serde_json::from_str(text)
        .map(Held::new)
        .map_err(|error| error.to_string())
}
