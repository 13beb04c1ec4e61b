//! Records as they are written and as they are read.

use rdkafka::message::{BorrowedMessage, Headers, Message as _};

/// Which records [`read_all`](super::Kafka::read_all) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Those of committed transactions, up to the first transaction that is still open, and those
    /// that are in no transaction.
    ReadCommitted,
    /// All, those of aborted and of open transactions included.
    ReadUncommitted,
}

impl Isolation {
    pub(super) fn level(self) -> &'static str {
        match self {
            Self::ReadCommitted => "read_committed",
            Self::ReadUncommitted => "read_uncommitted",
        }
    }
}

/// A record's headers, in order.
pub type HeaderList = Vec<(String, Option<Vec<u8>>)>;

/// A record for [`produce`](super::Kafka::produce).
///
/// Made from a plain value (`"text".into()`), from `(partition, key, value, timestamp)` with all
/// but the value optional, or step by step.
///
/// ```
/// use test_services::kafka::Message;
///
/// let stepwise = Message::new("v").partition(0).key("k").timestamp(1000);
/// assert_eq!(stepwise, Message::from((Some(0), Some("k"), "v", Some(1000))));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub(super) partition: Option<i32>,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) timestamp: Option<i64>,
    pub(super) headers: HeaderList,
}

impl Message {
    /// A record with a value and nothing else.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// A record without a value, which deletes `key` from a compacted topic.
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self::default().key(key)
    }

    /// Chooses the partition. Otherwise the hash of the key does, as in Kafka's own client.
    #[must_use]
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Sets the key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the timestamp, in milliseconds since 1970. Otherwise it is the present.
    #[must_use]
    pub fn timestamp(mut self, timestamp: i64) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }
}

impl From<&str> for Message {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<String> for Message {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<Vec<u8>> for Message {
    fn from(value: Vec<u8>) -> Self {
        Self::new(value)
    }
}

impl<K: Into<Vec<u8>>, V: Into<Vec<u8>>> From<(Option<i32>, Option<K>, V, Option<i64>)> for Message {
    fn from((partition, key, value, timestamp): (Option<i32>, Option<K>, V, Option<i64>)) -> Self {
        Self {
            partition,
            key: key.map(Into::into),
            timestamp,
            ..Self::new(value)
        }
    }
}

/// A record of [`read_all`](super::Kafka::read_all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The partition it is in.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// Its key, if any.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` for a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers, in order.
    pub headers: HeaderList,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
}

impl Record {
    /// The value as text; empty for a tombstone.
    ///
    /// # Panics
    /// If it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        let value = self.value.as_deref().unwrap_or_default();
        std::str::from_utf8(value).expect("a value that is UTF-8")
    }

    pub(super) fn from_message(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(|h| h.iter());
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers
                .map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec)))
                .collect(),
            timestamp: message.timestamp().to_millis(),
        }
    }
}
