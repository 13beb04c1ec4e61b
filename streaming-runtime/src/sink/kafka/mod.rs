//! `kafka(topic)` as a sink: writes records to a topic of Apache Kafka.
//!
//! # What the macro emits
//! | in the pipeline | here |
//! |---|---|
//! | `kafka("totals")` | [`sink::kafka(topic)`](kafka), `topic: impl Into<String>`: takes text, bytes, [`Message`]s and dead letters ([`Outgoing`]) |
//! | `.brokers(b)` | [`.brokers(b)`](Kafka::brokers), `b: impl Into<String>` |
//! | `.config(k, v)` | [`.config(k, v)`](Kafka::config), `k: impl Into<String>`, `v: impl Display` |
//! | `.json()` | [`.json()`](Kafka::json): takes everything that is `Serialize` |
//! | `.key(f)` | nothing; what is put into the sink is [`Keyed { key, record: &record }`](super::Keyed), the key a [`MessageKey`] |
//!
//! # Guarantees
//! - A batch is written when every record of it is acknowledged by all replicas in sync; the producer is idempotent, so that its own retries
//!   neither repeat nor reorder. A batch that is written again after a crash is there twice: at least once.
//! - Records of one key keep their order. The partition follows from the key as in Kafka's own clients (murmur2).
//! - Memory is bounded: by what the batch staged, and by `queue.buffering.max.kbytes` (128 MiB) of what is on its way.

mod config;
mod deliveries;
mod format;
mod key;
mod message;
mod producer;
mod staged;

pub use format::{Encoder, Format, Json, Raw};
pub use key::MessageKey;
pub use message::{Message, Outgoing};
pub use staged::Staged;

use std::fmt::Display;
use std::marker::PhantomData;
use std::sync::Arc;

use self::producer::Client;
use super::{BatchId, Sink, SinkError, delivery};
use crate::run::Run;

/// A sink of Kafka messages. Made by [`kafka`].
#[derive(Debug)]
pub struct Kafka<F> {
    topic: String,
    brokers: String,
    config: Vec<(String, String)>,
    format: PhantomData<F>,
    client: Option<Arc<Client>>,
    prepared: Vec<Staged>,
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
        format: PhantomData,
        client: None,
        prepared: Vec::new(),
    }
}

impl Kafka<Raw> {
    /// Writes every record as one JSON text.
    #[must_use]
    pub fn json(self) -> Kafka<Json> {
        Kafka {
            topic: self.topic,
            brokers: self.brokers,
            config: self.config,
            format: PhantomData,
            client: self.client,
            prepared: self.prepared,
        }
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
    /// `compression.type`, `linger.ms`, `message.timeout.ms`, ….
    ///
    /// Those that would break a promise are an error when the pipeline starts: `acks`, `enable.idempotence`, `transactional.id`,
    /// `delivery.report.only.error`, and what has a method of its own.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Display) -> Self {
        self.config.push((key.into(), value.to_string()));
        self
    }
}

impl<F: Format> Sink for Kafka<F> {
    type Staged = Staged;
    type Encoder = Encoder<F>;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> Encoder<F> {
        Encoder::new(&self.topic, config::largest(&self.config))
    }

    fn stage(before: Option<&Staged>) -> Staged {
        before.map_or_else(Staged::default, Staged::with_room_of)
    }

    async fn open(&mut self, run: &Arc<Run>) -> Result<(), SinkError> {
        let config = config::producer(&self.brokers, &self.config, run.pipeline()).map_err(SinkError)?;
        let (topic, brokers) = (self.topic.clone(), self.brokers.clone());
        let client = blocking(move || Client::connect(&config, topic, brokers)).await?;
        self.client = Some(Arc::new(client));
        Ok(())
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Staged>) -> Result<(), SinkError> {
        self.prepared = staged;
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        let staged = std::mem::take(&mut self.prepared);
        let Some(client) = self.client.clone() else {
            return Err(SinkError("the kafka sink is not open".to_owned()));
        };
        blocking(move || client.write(&staged)).await
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }

    async fn close(&mut self) {
        // Closing waits for the threads of the client.
        if let Some(client) = self.client.take() {
            let _ = blocking(move || {
                drop(client);
                Ok(())
            })
            .await;
        }
    }

    fn rows(staged: &Staged) -> Option<Vec<Vec<u8>>> {
        Some(
            staged
                .rows()
                .map(|row| row.value.unwrap_or_default().to_vec())
                .collect(),
        )
    }
}

/// Runs what blocks on a thread that may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, SinkError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(SinkError),
        Err(error) => Err(SinkError(format!("the thread that writes to kafka is gone: {error}"))),
    }
}
