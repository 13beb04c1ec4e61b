//! `kafka(topic)` as a sink: writes records to a topic of Apache Kafka.
//!
//! # What the macro emits
//! | in the pipeline | here |
//! |---|---|
//! | `kafka("totals")` | [`sink::kafka(topic)`](kafka), `topic: impl Into<String>`: takes text, bytes, [`Message`]s and dead letters ([`Outgoing`]) |
//! | `.brokers(b)` | [`.brokers(b)`](Kafka::brokers), `b: impl Into<String>` |
//! | `.config(k, v)` | [`.config(k, v)`](Kafka::config), `k: impl Into<String>`, `v: impl Display` |
//! | `.json()` | [`.json()`](Kafka::json): takes everything that is `Serialize` |
//! | `.non_finite(null)` | [`.non_finite(non_finite::null())`](Kafka::non_finite), behind `.json()` |
//! | `.timestamp(original)` | [`.timestamp(timestamp::original())`](Kafka::timestamp): takes dead letters alone |
//! | `.key(f)` | nothing; what is put into the sink is [`Keyed { key, record: &record }`](super::Keyed), the key a [`MessageKey`] |
//!
//! # Guarantees
//! - With a checkpoint a batch is one transaction, together with the offsets of the Kafka sources on the same brokers: whole and once, or not at
//!   all, for those who read with `isolation.level=read_committed`. All Kafka sinks of a pipeline write in the same transaction, and so need the
//!   same brokers and options. The `transactional.id` is the pipeline's name, `-`, and the id of the checkpoint: an instance that is started
//!   again aborts what it left open, and one that was taken for dead can write nothing more. A group of the same name holds the number of
//!   the last batch, and the group `<pipeline>-last-checkpoint` the checkpoint that wrote last; a user whose rights are limited needs to write to and
//!   describe that id, and to read these groups.
//! - A new checkpoint directory where another one wrote before is refused, unless `.fresh(true)` says that the pipeline begins anew. Where all
//!   sources are Kafka's, their groups are asked instead.
//! - Without a checkpoint a batch is written when every record of it is acknowledged by all replicas in sync; the producer is idempotent, so that
//!   its own retries neither repeat nor reorder. A batch that is written again after a crash is there twice: at least once.
//! - While brokers are away a batch waits for them, for as long as a transaction may last: `transaction.timeout.ms`, two minutes. Readers wait as
//!   long behind what an instance left that is not started again. Without a checkpoint the limit is `message.timeout.ms`, five minutes.
//! - Records of one key keep their order. The partition follows from the key as in Kafka's own clients (murmur2).
//! - Memory is bounded: by what the batch staged, which is kept until it is committed, and by `queue.buffering.max.kbytes` (128 MiB) of what is
//!   on its way.

mod config;
mod format;
mod key;
mod limits;
mod message;
mod producer;
mod staged;
pub mod timestamp;

pub use format::{Encoder, Format, Json, Letters, Raw};
pub use key::MessageKey;
pub use message::{Message, Outgoing, Resent};
pub(crate) use staged::Row;
pub use staged::Staged;

use std::fmt::{self, Display};
use std::sync::Arc;

use self::limits::Limits;
use self::producer::Client;
use super::{BatchId, Decided, NonFinite, Sink, SinkError, delivery};
use crate::bench;
use crate::kafka::fault::Fault;
use crate::kafka::options::Shown;
use crate::kafka::transaction::{Joined, Last, Ours, Wanted};
use crate::run::{Act, Run};

/// A sink of Kafka messages. Made by [`kafka`].
pub struct Kafka<F> {
    topic: String,
    brokers: String,
    config: Vec<(String, String)>,
    format: F,
    writer: Option<Writer>,
    /// The id of the checkpoint, where there is one.
    checkpoint: String,
    prepared: Vec<Staged>,
    /// What the brokers take; encoders share it.
    limits: Arc<Limits>,
}

impl<F> fmt::Debug for Kafka<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka")
            .field("topic", &self.topic)
            .field("brokers", &self.brokers)
            .field("config", &Shown(&self.config))
            .finish_non_exhaustive()
    }
}

/// How batches are written.
#[derive(Debug, Clone)]
enum Writer {
    /// Without a checkpoint: at once, when they are committed.
    Plain(Arc<Client>),
    /// With one: in a transaction with the other Kafka sinks of the run.
    Transactional(Arc<Joined>),
}

/// A sink that writes text, bytes or [`Message`]s to `topic`; with [`json`](Kafka::json) it writes JSON.
///
/// ```
/// use streaming_runtime::sink::kafka;
/// let totals = kafka("totals").brokers("localhost:9092").config("compression.type", "lz4").json();
/// ```
#[must_use]
pub fn kafka(topic: impl Into<String>) -> Kafka<Raw> {
    Kafka {
        topic: topic.into(),
        brokers: String::new(),
        config: Vec::new(),
        format: Raw,
        writer: None,
        checkpoint: String::new(),
        prepared: Vec::new(),
        limits: Arc::new(Limits::new(config::LARGEST)),
    }
}

impl Kafka<Raw> {
    /// Writes every record as one JSON text.
    #[must_use]
    pub fn json(self) -> Kafka<Json> {
        self.with(Json::default())
    }

    /// The time that dead letters are sent with: the present, or with [`original`](timestamp::original) the one that their messages had. The sink then takes
    /// nothing but dead letters. A topic that keeps records for a time may drop those at once that are older.
    ///
    /// ```
    /// use streaming_runtime::sink::{kafka, timestamp};
    /// let letters = kafka("letters").brokers("localhost:9092").timestamp(timestamp::original());
    /// ```
    #[must_use]
    pub fn timestamp<T: timestamp::When>(self, time: T) -> Kafka<T::Format> {
        let _ = time;
        self.with(T::FORMAT)
    }

    fn with<F>(self, format: F) -> Kafka<F> {
        Kafka {
            topic: self.topic,
            brokers: self.brokers,
            config: self.config,
            format,
            writer: self.writer,
            checkpoint: self.checkpoint,
            prepared: self.prepared,
            limits: self.limits,
        }
    }
}

impl Kafka<Json> {
    /// What becomes of a floating-point number that is not finite, which JSON has no number for: an error that names its field, unless
    /// this says otherwise.
    #[must_use]
    pub fn non_finite(mut self, non_finite: NonFinite) -> Self {
        self.format.non_finite = non_finite;
        self
    }
}

impl<F> Kafka<F> {
    /// Addresses of some brokers, `host:port`, separated by commas; the others are found through them.
    #[must_use]
    pub fn brokers(mut self, brokers: impl Into<String>) -> Self {
        self.brokers = brokers.into();
        self
    }

    /// Sets an [option of librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md), over the defaults here:
    /// `compression.type`, `linger.ms`, `message.timeout.ms`, `transaction.timeout.ms`, ….
    ///
    /// Those that would break a promise are an error when the pipeline starts: `acks`, `enable.idempotence`, `transactional.id`,
    /// `delivery.report.only.error`, and what has a method of its own.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Display) -> Self {
        self.config.push((key.into(), value.to_string()));
        self.limits.set(config::largest(&self.config));
        self
    }
}

impl<F: Format> Sink for Kafka<F> {
    type Staged = Staged;
    type Encoder = Encoder<F>;
    type Delivery = delivery::Deciding;

    fn encoder(&self) -> Encoder<F> {
        Encoder::new(self.format.clone(), &self.topic, Arc::clone(&self.limits))
    }

    fn transaction(&self) -> Option<String> {
        Some("kafka".to_owned())
    }

    fn stage(before: Option<&Staged>) -> Staged {
        before.map_or_else(Staged::default, Staged::with_room_of)
    }

    async fn open(&mut self, run: &Arc<Run>) -> Result<(), SinkError> {
        let (topic, brokers) = (self.topic.clone(), self.brokers.clone());
        run.checkpoint().unwrap_or_default().clone_into(&mut self.checkpoint);
        self.writer = Some(match run.checkpoint() {
            None => {
                let config = config::producer(&self.brokers, &self.config, run.pipeline()).map_err(Fault::from)?;
                let _at = run.at(Act::For(format!("brokers of `{brokers}` to describe topic `{topic}`")));
                let client = blocking(move || Client::connect(config, topic, brokers)).await?;
                self.limits.fit(client.takes());
                Writer::Plain(Arc::new(client))
            }
            Some(checkpoint) => {
                let ours = Ours {
                    pipeline: run.pipeline().to_owned(),
                    checkpoint: checkpoint.to_owned(),
                    is_new: run.is_new(),
                    knows_alone: run.knows_alone(),
                };
                let config = config::transactional(&self.brokers, &self.config, run.pipeline(), &ours.id())
                    .map_err(Fault::from)?;
                let wanted = Wanted {
                    topic,
                    brokers,
                    config,
                    ours,
                    board: run.board().cloned(),
                };
                let run = Arc::clone(run);
                let joined = blocking(move || run.kafka().join(wanted)).await?;
                self.limits.fit(joined.takes());
                Writer::Transactional(Arc::new(joined))
            }
        });
        Ok(())
    }

    async fn decided(&mut self, _: &str, _: &str) -> Result<Decided, SinkError> {
        let Writer::Transactional(joined) = self.writer()? else {
            return Ok(Decided::Unknown);
        };
        let checkpoint = self.checkpoint.clone();
        // Brokers forget the marker of a pipeline that was away for long.
        let last = blocking(move || joined.decided(&checkpoint)).await?;
        let decided = |Last { checkpoint, batch }| Decided::Batch { checkpoint, batch };
        Ok(last.map_or(Decided::Unknown, decided))
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<Staged>) -> Result<(), SinkError> {
        match self.writer()? {
            Writer::Plain(_) => {
                self.prepared = staged;
                Ok(())
            }
            Writer::Transactional(joined) => {
                let number = batch.batch;
                blocking(move || joined.prepare(number, staged)).await
            }
        }
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        match self.writer()? {
            Writer::Plain(client) => {
                let staged = std::mem::take(&mut self.prepared);
                blocking(move || client.write(&staged)).await
            }
            Writer::Transactional(joined) => {
                let number = batch.batch;
                blocking(move || joined.commit(number)).await
            }
        }
    }

    async fn abort(&mut self, batch: &BatchId) {
        self.prepared.clear();
        if let Some(Writer::Transactional(joined)) = &self.writer {
            let (joined, number) = (Arc::clone(joined), batch.batch);
            let _ = blocking(move || {
                joined.abort(number);
                Ok(())
            })
            .await;
        }
    }

    async fn close(&mut self) {
        // Closing waits for the threads of the client.
        if let Some(writer) = self.writer.take() {
            let _ = blocking(move || {
                match writer {
                    Writer::Plain(client) => Arc::into_inner(client).map_or((), Client::close),
                    Writer::Transactional(joined) => Arc::into_inner(joined).map_or((), Joined::close),
                }
                Ok(())
            })
            .await;
        }
    }

    fn messages(staged: &Staged) -> Option<Vec<bench::Message>> {
        Some(staged.rows().map(|row| row.for_test()).collect())
    }
}

impl<F> Kafka<F> {
    fn writer(&self) -> Result<Writer, SinkError> {
        self.writer
            .clone()
            .ok_or_else(|| SinkError::new("the kafka sink is not open").permanent())
    }
}

/// Runs what blocks on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, SinkError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => Err(SinkError::new(format!("the thread that writes to kafka is gone: {error}")).permanent()),
    }
}
