use super::Rows;
use super::rows::Kind;

/// A message as a broker would deliver it, for sources whose records come with a key, headers and a timestamp.
///
/// ```
/// use streaming_runtime::testing::Message;
/// let message = Message::new(r#"{"user":"ann"}"#).key("ann").timestamp(1_000).header("trace", "7");
/// assert_eq!(message.key.as_deref(), Some(&b"ann"[..]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The payload.
    pub value: Vec<u8>,
    /// The key it was sent with.
    pub key: Option<Vec<u8>>,
    /// Its headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The time it was sent at, epoch milliseconds.
    pub timestamp: Option<i64>,
}

impl Message {
    /// A message with this payload alone.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
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
        self.headers.push((name.into(), value.into()));
        self
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
