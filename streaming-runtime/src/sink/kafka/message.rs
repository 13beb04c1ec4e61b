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
/// A dead letter is sent as it came: its value, null where it had none, with its key and all of its headers. Headers behind those say where it was and what
/// is wrong with it: `error` (1 KiB of it at most), `source` (the stream), `place` (`orders/3`), `offset`, and `timestamp`, the time it was sent at in epoch
/// milliseconds. Its own timestamp is the present, so that the topic's retention counts from now on, unless [`timestamp`](super::Kafka::timestamp) says otherwise. A value that is larger than the topic takes is cut, and
/// `payload_bytes` then says how long it was; where that is not enough, its key and its own headers are left out.
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
    fn headers(&self, add: impl FnMut(&str, Option<&[u8]>)) {
        let _ = add;
    }
    /// How many of its headers, the last ones, matter more than all the rest of it. Where it is larger than the topic takes, what else there is may be cut;
    /// `None` where it may not.
    fn essential_headers(&self) -> Option<usize> {
        None
    }
}

/// What `kafka(…).timestamp(original)` takes: dead letters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no dead letter, and has no original timestamp",
    label = "not a dead letter",
    note = "leave `.timestamp(original)` out, or send a `Message` with a `.timestamp(…)` of its own"
)]
pub trait Resent: Outgoing {
    /// The time that its message was sent with, epoch milliseconds; `None` where it had none.
    fn sent_at(&self) -> Option<i64>;
}

impl<T: Resent + ?Sized> Resent for &T {
    fn sent_at(&self) -> Option<i64> {
        (**self).sent_at()
    }
}

impl Resent for DeadLetter<'_> {
    fn sent_at(&self) -> Option<i64> {
        self.timestamp
    }
}

/// Bytes of the reason of a dead letter.
const REASON: usize = 1024;
/// What a message takes beside its key, its value and its headers, and each header beside its name and value, at most.
const AROUND: usize = 200;
const AROUND_HEADER: usize = 12;

/// Stages `message`, under its own key where `with_key` says so. It is to be no larger than `largest` bytes, if it may be cut.
pub(super) fn stage(message: &impl Outgoing, adding: &mut Adding<'_>, with_key: bool, largest: usize) {
    let mut payload = message.payload();
    let mut key = message.key().filter(|_| with_key);
    let mut cut = None;
    let mut leave_out = 0;
    if let Some(essential) = message.essential_headers() {
        let (mut sizes, length) = (Vec::new(), |part: Option<&[u8]>| part.map_or(0, <[u8]>::len));
        message.headers(|name, value| sizes.push(name.len() + length(value) + AROUND_HEADER));
        let mut around = AROUND + length(key) + sizes.iter().sum::<usize>();
        if around >= largest {
            // What says what is wrong comes last.
            leave_out = sizes.len().saturating_sub(essential);
            around -= length(key.take()) + sizes[..leave_out].iter().sum::<usize>();
        }
        let room = largest.saturating_sub(around);
        if let Some(whole) = payload.filter(|whole| whole.len() > room) {
            cut = Some(whole.len());
            payload = Some(&whole[..room]);
        }
    }
    if let Some(key) = key {
        adding.key(|bytes| {
            bytes.extend_from_slice(key);
            true
        });
    }
    if let Some(payload) = payload {
        let Ok(()) = adding.value(|bytes| {
            bytes.extend_from_slice(payload);
            Ok::<_, std::convert::Infallible>(())
        });
    }
    let mut number = 0;
    message.headers(|name, value| {
        if number >= leave_out {
            adding.header(name, value);
        }
        number += 1;
    });
    if let Some(length) = cut {
        adding.header("payload_bytes", Some(length.to_string().as_bytes()));
    }
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
    fn headers(&self, add: impl FnMut(&str, Option<&[u8]>)) {
        (**self).headers(add);
    }
    fn essential_headers(&self) -> Option<usize> {
        (**self).essential_headers()
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
    fn headers(&self, mut add: impl FnMut(&str, Option<&[u8]>)) {
        self.headers.iter().for_each(|(name, value)| add(name, Some(value)));
    }
}

impl Outgoing for DeadLetter<'_> {
    fn payload(&self) -> Option<&[u8]> {
        (!self.is_null).then_some(&*self.payload)
    }
    fn key(&self) -> Option<&[u8]> {
        self.key.as_deref()
    }
    fn headers(&self, mut add: impl FnMut(&str, Option<&[u8]>)) {
        self.headers.iter().for_each(|(name, value)| add(name, value));
        let error = self.error.to_string();
        let end = (0..=REASON.min(error.len()))
            .rev()
            .find(|end| error.is_char_boundary(*end));
        add("error", Some(&error.as_bytes()[..end.unwrap_or(0)]));
        add("source", Some(self.source.as_bytes()));
        add("place", Some(self.place.as_bytes()));
        add("offset", Some(self.offset.to_string().as_bytes()));
        if let Some(timestamp) = self.timestamp {
            add("timestamp", Some(timestamp.to_string().as_bytes()));
        }
    }
    fn essential_headers(&self) -> Option<usize> {
        Some(4 + usize::from(self.timestamp.is_some()))
    }
}
