//! Sinks: where results go.
//!
//! Records are *staged* in the loop that makes them, in parallel and usually as encoded bytes; when the batch closes, what was
//! staged is put in order and written at once. A batch that fails is never written.

mod collect;
mod decided;
mod deciding;
pub mod delivery;
mod edge;
pub mod files;
mod json;
#[cfg(feature = "kafka")]
pub mod kafka;
mod keyed;
mod list;
mod note;
mod order;
mod own;
mod print;
mod printed;
mod shelf;
mod within;
mod writing;

pub use crate::error::SinkError;
pub use crate::plan::Delivery;
pub use collect::{Collect, Collected, Keep, collect};
pub use decided::Decided;
pub(crate) use deciding::one_decides;
pub use edge::{Accept, SinkEdge, SinkLocal, SinkOutlet};
pub use files::{Files, FilesBuilder, files};
pub use json::{NonFinite, non_finite};
#[cfg(feature = "kafka")]
pub use kafka::{kafka, timestamp};
pub use keyed::Keyed;
#[doc(hidden)]
pub use list::{About, Sinks, Visit};
pub use note::SinkMeta;
pub(crate) use order::{Answer, Order, SinkFailure, What};
#[doc(hidden)]
pub use own::exactly_once;
pub use own::{IntoSink, dead_letter, sink, to};
pub use print::{Print, TextLine, print};
pub use printed::{ByDebug, ByDisplay, Debugged, Displayed, Printable};
pub(crate) use shelf::Shelf;
pub use shelf::Shelves;
use writing::Part;

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use crate::bench;
use crate::run::Run;

/// Which batch a sink is asked to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchId {
    /// The pipeline's name.
    pub pipeline: String,
    /// The sink's name within the pipeline: `totals.kafka`.
    pub sink: String,
    /// The id of the checkpoint directory; empty without a checkpoint. A new directory has another id, and its batches begin at 0 again: a record of the
    /// last batch means nothing without it.
    pub checkpoint: String,
    /// Number of the batch, from 0, without gaps.
    pub batch: u64,
}

/// A sink.
///
/// The runtime calls `open` once, then for every batch with output `prepare` followed by `commit` or `abort`, and `close` at the end.
/// Batches come in order, one at a time.
///
/// A sink of one's own is written to with `.to(sink(value))`; its records arrive owned. Here is one that keeps a table up to date, as a database
/// would:
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
/// use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
///
/// struct Total {
///     user: String,
///     amount: f64,
/// }
///
/// /// A table of totals by user: a later batch replaces what an earlier one wrote.
/// #[derive(Default)]
/// struct Table {
///     rows: Arc<Mutex<HashMap<String, f64>>>,
///     prepared: Vec<(String, f64)>,
/// }
///
/// /// Makes rows of records, on the worker threads.
/// struct Row;
///
/// impl Encode<Total, Vec<(String, f64)>> for Row {
///     fn encode(&self, total: Total, staged: &mut Vec<(String, f64)>) -> Result<(), SinkError> {
///         staged.push((total.user, total.amount));
///         Ok(())
///     }
/// }
///
/// impl Sink for Table {
///     type Staged = Vec<(String, f64)>;
///     type Encoder = Row;
///     // Writing the same rows again changes nothing.
///     type Delivery = delivery::Idempotent;
///
///     fn encoder(&self) -> Row {
///         Row
///     }
///     async fn prepare(&mut self, _: &BatchId, staged: Vec<Self::Staged>) -> Result<(), SinkError> {
///         self.prepared = staged.into_iter().flatten().collect();
///         Ok(())
///     }
///     async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
///         self.rows.lock().unwrap().extend(self.prepared.drain(..));
///         Ok(())
///     }
///     async fn abort(&mut self, _: &BatchId) {
///         self.prepared.clear();
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let mut table = Table::default();
/// let rows = Arc::clone(&table.rows);
/// let batch = BatchId { pipeline: "sales".into(), sink: "totals".into(), checkpoint: String::new(), batch: 0 };
/// let mut staged = Vec::new();
/// table.encoder().encode(Total { user: "ada".into(), amount: 2.5 }, &mut staged)?;
/// table.prepare(&batch, vec![staged]).await?;
/// table.commit(&batch).await?;
/// assert_eq!(rows.lock().unwrap()["ada"], 2.5);
/// # Ok::<(), SinkError>(())
/// # }).unwrap();
/// ```
pub trait Sink: Send + Sized + 'static {
    /// What the records of one chunk become until the batch is written.
    type Staged: Default + Send + 'static;

    /// What turns records into [`Staged`](Sink::Staged) on the worker threads: the format and its options.
    type Encoder: Send + Sync + 'static;

    /// What the sink promises: one of the types of [`delivery`]. It says what the runtime must do so that the promise holds.
    type Delivery: delivery::Promise<Self::Staged>;

    /// The encoder, shared by all workers.
    fn encoder(&self) -> Self::Encoder;

    /// The name of the transaction that a [`Deciding`](delivery::Deciding) sink writes in, where it shares it with others; `None` where it is its own.
    /// Asked before `open`.
    ///
    /// Sinks that name the same one prepare and commit every batch, and it is committed once, when all of them have been asked to. A pipeline with a
    /// checkpoint does not start with two transactions that decide: a crash between their commits would leave a batch in one of them alone.
    fn transaction(&self) -> Option<String> {
        None
    }

    /// Nothing staged yet. `before` is what the chunk before became: room for as much saves growing step by step.
    #[must_use]
    fn stage(before: Option<&Self::Staged>) -> Self::Staged {
        let _ = before;
        Self::Staged::default()
    }

    /// Connects, creates directories, looks for what an earlier run left.
    fn open(&mut self, run: &Arc<Run>) -> impl Future<Output = Result<(), SinkError>> + Send {
        let _ = run;
        async { Ok(()) }
    }

    /// Which batch was committed last for the sink of this name in the pipeline of this name. The runtime asks after `open` when there is a checkpoint,
    /// and compares the answer with what the checkpoint knows.
    ///
    /// It refuses to start where they contradict each other: the sink is ahead of the checkpoint (an old copy of the directory), behind it (an old copy
    /// of the output), or was written with another checkpoint (the directory is missing or new). For a [`Deciding`](delivery::Deciding) sink the answer also
    /// says whether the last batch counts. The default is [`Decided::Unknown`]: then nothing is compared.
    fn decided(&mut self, pipeline: &str, sink: &str) -> impl Future<Output = Result<Decided, SinkError>> + Send {
        let (_, _) = (pipeline, sink);
        async { Ok(Decided::Unknown) }
    }

    /// Called after `open` when the pipeline resumes from a checkpoint. `last` is the last batch that counts, and `receipt` what the sink
    /// [said](Self::receipt) of the last batch that it prepared before. What was prepared for later batches must be dropped. What was prepared for this
    /// one may not be visible yet: `commit` is then called for it.
    fn resume(&mut self, last: &BatchId, receipt: Option<&str>) -> impl Future<Output = Result<(), SinkError>> + Send {
        let (_, _) = (last, receipt);
        async { Ok(()) }
    }

    /// Takes the output of a batch, in order of source partition and chunk. A transactional sink makes it durable but not visible; any
    /// other sink keeps it until `commit`.
    fn prepare(
        &mut self,
        batch: &BatchId,
        staged: Vec<Self::Staged>,
    ) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// What [`resume`](Self::resume) has to know of the batch that was just prepared, if the process dies; written to the checkpoint.
    fn receipt(&self) -> Option<String> {
        None
    }

    /// Makes the prepared batch visible; returns when it is safe. With a checkpoint the batch is decided by then (but for
    /// [`Deciding`](delivery::Deciding) sinks): `commit` is called again, in a later process if need be, until it succeeds.
    fn commit(&mut self, batch: &BatchId) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Forgets the prepared batch.
    fn abort(&mut self, batch: &BatchId) -> impl Future<Output = ()> + Send;

    /// Releases what the sink holds.
    fn close(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// What was staged as rows of text, for the [test bench](crate::testing); `None` where the sink has no text form.
    fn rows(staged: &Self::Staged) -> Option<Vec<Vec<u8>>> {
        let _ = staged;
        None
    }

    /// The same as messages, for a sink whose rows have more than a text: a key, headers. The default is the [rows](Self::rows).
    fn messages(staged: &Self::Staged) -> Option<Vec<bench::Message>> {
        let rows = Self::rows(staged)?;
        Some(rows.into_iter().map(bench::Message::new).collect())
    }
}

/// An encoder that takes records of type `T`.
#[diagnostic::on_unimplemented(
    message = "this sink cannot take `{T}`",
    label = "the record does not fit the sink",
    note = "`json`, `jsonl` and `csv` need `Serialize`; a raw `kafka` sink needs text, bytes or a `Message`; put a `.map(…)` before the sink"
)]
pub trait Encode<T, Staged>: Send + Sync {
    /// Adds one record to what is staged. Runs on worker threads, in parallel.
    ///
    /// # Errors
    /// Why the record cannot be written. Then `staged` is as it was before: with `.on_error(skip)` the batch goes on without the record.
    fn encode(&self, record: T, staged: &mut Staged) -> Result<(), SinkError>;
}
