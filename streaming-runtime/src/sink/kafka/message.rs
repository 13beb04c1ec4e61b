use crate::decode::DeadLetter;

use super::staged::Adding;

/// A message for a raw Kafka sink: a value, and what goes with it.
///
/// ```
/// use streaming_runtime::sink::kafka::Message;
/// let message = Message::new("42").key("ada").header("unit", "EUR").timestamp(1_700_000_000_000);
/// let tombstone = Message::tombstone("ada");
/// assert_ne!(message, tombstone);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Message {
    key: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
    timestamp: Option<i64>,
}

impl Message {
    /// A message with this value.
    #[must_use]
    pub fn new(payload: impl Into<Vec<u8>>) -> Self {
        Self {
            payload: Some(payload.into()),
            ..Self::default()
        }
    }

    /// A message without a value: it deletes its key from a compacted topic.
    #[must_use]
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self::default().key(key)
    }

    /// Sets the key: messages of one key keep their order.
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

    /// Sets the timestamp, epoch milliseconds. Otherwise it is the time of sending.
    #[must_use]
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }
}

/// What a raw Kafka sink takes: text, bytes, a [`Message`], and dead letters.
///
/// A dead letter is sent as it came: its payload is the value, with the key and the timestamp that it had. The headers say where it was and
/// what is wrong with it: `error`, `source` (the stream), `place` (`orders/3`) and `offset`.
#[diagnostic::on_unimplemented(
    message = "a raw kafka sink cannot take `{Self}`",
    label = "neither text, bytes nor a `Message`",
    note = "say `.json()` behind `kafka(…)`, or put a `.map(…)` before the sink"
)]
pub trait Outgoing {
    /// Its value; `None` for a tombstone.
    fn payload(&self) -> Option<&[u8]>;
    /// Its key.
    fn key(&self) -> Option<&[u8]> {
        None
    }
    /// Its timestamp, epoch milliseconds; `None` for the time of sending.
    fn timestamp(&self) -> Option<i64> {
        None
    }
    /// Calls `add` with the name and the value of each header.
    fn headers(&self, add: impl FnMut(&str, &[u8])) {
        let _ = add;
    }
}

/// Stages `message`, under `key` where it is given one.
pub(super) fn stage(message: &impl Outgoing, adding: &mut Adding<'_>, with_key: bool) {
    if with_key && let Some(key) = message.key() {
        adding.key(|bytes| {
            bytes.extend_from_slice(key);
            true
        });
    }
    if let Some(payload) = message.payload() {
        let Ok(()) = adding.value(|bytes| {
            bytes.extend_from_slice(payload);
            Ok::<_, std::convert::Infallible>(())
        });
    }
    message.headers(|name, value| adding.header(name, value));
    adding.timestamp(message.timestamp());
}

macro_rules! payload_alone {
    ($([$($param:tt)*] $t:ty),*) => {$(
        impl<$($param)*> Outgoing for $t {
            #[inline]
            fn payload(&self) -> Option<&[u8]> {
                let bytes: &[u8] = self.as_ref();
                Some(bytes)
            }
        }
    )*};
}
payload_alone!([] str, [] String, [] [u8], [] Vec<u8>, [const N: usize] [u8; N]);

impl<T: Outgoing + ?Sized> Outgoing for &T {
    #[inline]
    fn payload(&self) -> Option<&[u8]> {
        (**self).payload()
    }
    fn key(&self) -> Option<&[u8]> {
        (**self).key()
    }
    fn timestamp(&self) -> Option<i64> {
        (**self).timestamp()
    }
    fn headers(&self, add: impl FnMut(&str, &[u8])) {
        (**self).headers(add);
    }
}

impl Outgoing for Message {
    fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }
    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }
    fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }
    fn headers(&self, mut add: impl FnMut(&str, &[u8])) {
        self.headers.iter().for_each(|(name, value)| add(name, value));
    }
}

impl Outgoing for DeadLetter<'_> {
    fn payload(&self) -> Option<&[u8]> {
        Some(&self.payload)
    }
    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }
    fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }
    fn headers(&self, mut add: impl FnMut(&str, &[u8])) {
        add("error", self.error.to_string().as_bytes());
        add("source", self.source.as_bytes());
        add("place", self.place.as_bytes());
        add("offset", self.offset.to_string().as_bytes());
    }
}
