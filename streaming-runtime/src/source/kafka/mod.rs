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

pub mod start;
mod topics;

pub use start::Start;
pub use topics::Topics;

use std::fmt::Display;

/// A source of Kafka messages. Made by [`kafka`].
#[derive(Debug, Clone)]
pub struct Kafka {
    topics: Vec<String>,
    brokers: String,
    group: Option<String>,
    start: Start,
    config: Vec<(String, String)>,
}

/// A source of the messages of one topic, or of several.
#[must_use]
pub fn kafka(topics: impl Topics) -> Kafka {
    Kafka {
        topics: topics.names(),
        brokers: String::new(),
        group: None,
        start: Start::default(),
        config: Vec::new(),
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

    /// Sets an option of librdkafka.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Display) -> Self {
        self.config.push((key.into(), value.to_string()));
        self
    }
}
