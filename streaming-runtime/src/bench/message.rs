use std::any::type_name;

use serde::Serialize;

use super::Rows;
use super::rows::Kind;

/// A message as a broker delivers it: for sources whose records come with a key, headers and a timestamp, and from sinks that write such.
///
/// ```
/// use streaming_runtime::testing::Message;
/// let message = Message::new(r#"{"user":"ann"}"#).key("ann").timestamp(1_000).header("trace", "7");
/// assert_eq!(message.key.as_deref(), Some(&b"ann"[..]));
/// assert_eq!(Message::tombstone("ann").value, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The payload; `None` in a tombstone.
    pub value: Option<Vec<u8>>,
    /// The key it was sent with.
    pub key: Option<Vec<u8>>,
    /// Its headers, in order; a value may be null.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// The time it was sent at, epoch milliseconds. Where a sink leaves it to the broker there is none.
    pub timestamp: Option<i64>,
}

impl Message {
    /// A message with this payload alone.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// A message whose payload is a value as JSON.
    ///
    /// # Panics
    /// When the value does not serialise.
    #[must_use]
    pub fn json(value: &impl Serialize) -> Self {
        Self::new(json_text(value))
    }

    /// A message with a key and without a payload: it deletes its key from a compacted topic.
    #[must_use]
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self::default().key(key)
    }

    /// Gives it a key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// Adds a header without a value.
    #[must_use]
    pub fn null_header(mut self, name: impl Into<String>) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    pub(crate) fn value_or_nothing(&self) -> &[u8] {
        self.value.as_deref().unwrap_or_default()
    }

    /// Says when it was sent, epoch milliseconds.
    #[must_use]
    pub fn timestamp(mut self, at: i64) -> Self {
        self.timestamp = Some(at);
        self
    }
}

/// Rows that are messages: for `kafka(…)`.
pub fn messages(messages: impl IntoIterator<Item = Message>) -> Rows {
    Rows(Kind::Messages(messages.into_iter().collect()))
}

pub(super) fn json_text<T: Serialize>(value: &T) -> Vec<u8> {
    match serde_json::to_vec(value) {
        Ok(text) => text,
        Err(error) => panic!("cannot push a `{}` as JSON: {error}", type_name::<T>()),
    }
}
