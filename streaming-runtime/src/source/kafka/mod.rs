//! `kafka(topic)`: reads topics of Apache Kafka as a member of a consumer group.
//!
//! # What the macro emits
//! | in the pipeline | here |
//! |---|---|
//! | `kafka("orders")`, `kafka(["orders", "refunds"])` | [`source::kafka(topics)`](kafka), `topics: impl Topics` |
//! | `.brokers(b)` | [`.brokers(b)`](Kafka::brokers), `b: impl Into<String>` |
//! | `.group(g)` | [`.group(g)`](Kafka::group), `g: impl Into<String>` |
//! | `.start(earliest)` | `.start(source::start::earliest())` |
//! | `.start(latest)` | `.start(source::start::latest())` |
//! | `.start(committed)` | `.start(source::start::committed())` |
//! | `.start(timestamp(ms))` | `.start(source::start::timestamp(ms))`, `ms: i64` epoch milliseconds |
//! | `.start(offsets(list))` | `.start(source::start::offsets(list))`, `list: impl IntoIterator<Item = (i32, i64)>` |
//! | `.config(k, v)` | [`.config(k, v)`](Kafka::config), `k: impl Into<String>`, `v: impl Display` |
//!
//! A decoder behind the source reads the values of the messages; without one the records are [`KafkaMessage`]s, borrowed from what was
//! fetched.
//!
//! # Guarantees
//! - Offsets are committed to the group when the batch that used them is written, so the group's lag is what is left to do. Without a checkpoint a
//!   member that dies has its last batch read again: at least once.
//! - With a checkpoint and a Kafka sink on the same brokers, offsets are committed in the sink's transaction: both or neither. Reading resumes where the
//!   checkpoint is. Several instances of a pipeline that keeps no state may share the partitions, each with a checkpoint directory of its own: where the group
//!   is further, another member was. One that keeps state must read all partitions; a new instance of it replaces the one before.
//! - A position belongs to a topic, by its id. One that was deleted and created anew is an error, also while it is read.
//! - Offsets that another checkpoint has committed are refused by a new directory, unless `.fresh(true)` says that it begins anew.
//! - A member that its group has forgotten joins again by itself, and what it was at work on is written if nobody else got the partitions meanwhile.
//! - A group gives each record to one of its members, so two sources of a pipeline that read the same topic in the same group are an error: read it
//!   once and use the stream twice, or name another group.
//! - Partitions that go to another member are given up when what was read of them is written, but never later than after half of
//!   `max.poll.interval.ms`. A member that the group took for dead cannot wait: where another has got its partitions, what it was at work on is read
//!   there, and with a checkpoint that is an error.
//! - A message is skipped only where the broker says that it is not there: behind an aborted transaction, or compacted away. A position that
//!   retention has passed is an error, never a jump.
//! - Of partitions that have something to read, the one whose messages are oldest comes first, by their timestamps: a pipeline that catches up reads all
//!   of them at about the same time, so that few windows are open at once. None waits for another.
//! - While brokers are away the source waits and logs; it goes on where it was.
//! - A batch of input that ends (`Trigger::AvailableNow`) ends where the partitions ended when the source was opened.
//! - What is fetched ahead is bounded: by the chunks that wait here, and by `queued.max.messages.kbytes` (16 MiB) for each partition.
//!
//! # Encryption, authentication, compression
//! Gzip, snappy, lz4 and SASL PLAIN are built in. The cargo feature `kafka-ssl` adds TLS, and SASL with SCRAM and OAUTHBEARER,
//! `kafka-zstd` adds zstd; then `.config("security.protocol", "SASL_SSL")` and so on. What is not built in is
//! an error that names the feature. The values of options are shown in no message, log or `Debug`.

mod begin;
mod call;
mod chunk;
mod commit;
mod config;
mod context;
mod enlist;
mod fetcher;
mod fill;
mod headers;
mod ids;
mod lag;
mod leaving;
mod note;
mod offsets;
mod open;
mod partition;
mod position;
mod pushed;
mod queue;
mod reader;
mod shared;
pub mod start;
mod topics;
mod trouble;
mod turns;

pub use chunk::{KafkaChunk, KafkaMessage};
pub(crate) use enlist::Enlisted;
pub use position::{KafkaPosition, TopicId};
pub use start::Start;
pub use topics::Topics;

use std::fmt::{self, Display};

use self::reader::Reader;
use super::{Event, Open, Source, SourceError, replay};
use crate::bench::{At, Rows};
use crate::kafka::options::Shown;

/// A source of Kafka messages. Made by [`kafka`].
pub struct Kafka {
    topics: Vec<String>,
    brokers: String,
    group: Option<String>,
    start: Start,
    config: Vec<(String, String)>,
    reader: Option<Reader>,
}

/// A source of the messages of one topic, or of several; one that is named twice is read once.
///
/// ```
/// use streaming_runtime::source::{kafka, start};
/// let orders = kafka("orders").brokers("localhost:9092").group("billing").start(start::latest());
/// let both = kafka(["orders", "refunds"]).brokers("localhost:9092").config("fetch.wait.max.ms", 10);
/// ```
#[must_use]
pub fn kafka(topics: impl Topics) -> Kafka {
    let mut topics = topics.names();
    topics.sort();
    topics.dedup();
    Kafka {
        topics,
        brokers: String::new(),
        group: None,
        start: Start::default(),
        config: Vec::new(),
        reader: None,
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka")
            .field("topics", &self.topics)
            .field("brokers", &self.brokers)
            .field("group", &self.group)
            .field("start", &self.start)
            .field("config", &Shown(&self.config))
            .finish_non_exhaustive()
    }
}

impl Kafka {
    /// Addresses of some brokers, `host:port`, separated by commas; the others are found through them.
    #[must_use]
    pub fn brokers(mut self, brokers: impl Into<String>) -> Self {
        self.brokers = brokers.into();
        self
    }

    /// The consumer group. Default: the pipeline's name.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Where a partition is begun that the group has no committed offset for. Default: at the oldest record.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Sets an [option of librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md), over the defaults here.
    ///
    /// Those that would break a promise are an error when the pipeline starts: `enable.auto.commit`, `enable.auto.offset.store`,
    /// `auto.offset.reset`, `check.crcs`, `enable.partition.eof`, and what has a method of its own.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Display) -> Self {
        self.config.push((key.into(), value.to_string()));
        self
    }
}

impl Source for Kafka {
    type Chunk = KafkaChunk;
    type Position = KafkaPosition;
    type Replay = replay::Replayable;
    const GROWS: bool = true;
    const GROUPED: bool = true;

    fn offset(chunk: &KafkaChunk, row: u64) -> u64 {
        chunk.offset(row)
    }

    async fn open(&mut self, open: Open<KafkaPosition>) -> Result<(), SourceError> {
        self.reader = Some(Reader::open(self, open).await?);
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<KafkaChunk, KafkaPosition>, SourceError> {
        Ok(self.reader()?.next().await?)
    }

    async fn enlist(&mut self, positions: &[(u32, KafkaPosition)]) -> Result<(), SourceError> {
        Ok(self.reader()?.enlist(positions)?)
    }

    async fn commit(&mut self, positions: &[(u32, KafkaPosition)]) -> Result<(), SourceError> {
        Ok(self.reader()?.commit(positions).await?)
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<KafkaChunk, String> {
        pushed::chunk(self, rows, at)
    }

    async fn close(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.close().await;
        }
    }
}

impl Kafka {
    fn reader(&mut self) -> Result<&mut Reader, SourceError> {
        self.reader
            .as_mut()
            .ok_or_else(|| SourceError::new("the kafka source is not open").permanent())
    }
}
