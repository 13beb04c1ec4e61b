use std::borrow::{Borrow, Cow};
use std::fmt::{self, Display, Formatter};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::error::Shown;
use super::null::is_null;
use super::{DecodeError, LetterHeaders};
use crate::lend::Lent;
use crate::sink::SinkError;
use crate::source::Meta;

/// Input that could not be decoded, or a record that a sink refuses, with where it was and why: the record of `.errors()` and of a dead-letter sink.
///
/// It lends the payload; [`into_owned`](DeadLetter::into_owned) keeps it. In JSON and CSV the payload is text in `payload`, or base64 in `payload_base64` where it is not
/// UTF-8; the same holds for the key.
#[derive(Debug)]
pub struct DeadLetter<'r> {
    /// Name of the stream that was decoded.
    pub source: &'static str,
    /// What a person calls the partition: `orders/3`, `data/flights.csv`.
    pub place: Cow<'r, str>,
    /// Where it stood in its partition.
    pub offset: u64,
    /// The key it was sent with.
    pub key: Option<Cow<'r, [u8]>>,
    /// The time it was sent at, epoch milliseconds.
    pub timestamp: Option<i64>,
    /// The headers that it was sent with, in order.
    pub headers: LetterHeaders<'r>,
    /// Why it could not be decoded.
    pub error: Cause<'r>,
    /// What was read; empty where the message had no value.
    pub payload: Cow<'r, [u8]>,
    /// The message had no value, which is not the same as an empty one.
    pub is_null: bool,
}

/// The error of a [`DeadLetter`]: lent, or its text.
#[derive(Debug)]
pub enum Cause<'r> {
    /// The error itself.
    Error(&'r DecodeError),
    /// Its text.
    Text(String),
}

impl Display for Cause<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What `.errors()` and `.on_error(dead_letter(…))` get for a payload that could not be decoded.
///
/// ```
/// use streaming_runtime::{op, source::Meta};
///
/// struct At;
/// impl Meta for At {
///     fn place(&self) -> std::borrow::Cow<'_, str> { "orders/3".into() }
///     fn offset(&self) -> u64 { 42 }
/// }
/// let payload = b"{";
/// let error = op::json::<u64>(payload).unwrap_err();
/// let letter = op::dead_letter("orders", &At, &error, payload);
/// assert_eq!(letter.to_string(), "orders/3 at 42: cannot decode JSON into `u64`: invalid type: map, expected u64: {");
/// ```
pub fn dead_letter<'r>(
    source: &'static str,
    meta: &'r impl Meta,
    error: &'r DecodeError,
    payload: &'r [u8],
) -> DeadLetter<'r> {
    DeadLetter {
        source,
        headers: meta.letter_headers(),
        place: meta.place(),
        offset: meta.offset(),
        key: meta.key().map(Cow::Borrowed),
        timestamp: meta.timestamp(),
        error: Cause::Error(error),
        payload: Cow::Borrowed(payload),
        is_null: is_null(payload),
    }
}

/// What `.on_error(dead_letter(…))` of a sink gets for a record that the sink refuses. The payload is the record as JSON, as far as it has such a form.
pub fn refused<'r>(
    sink: &'static str,
    meta: &'r impl Meta,
    error: &SinkError,
    record: &impl Serialize,
) -> DeadLetter<'r> {
    DeadLetter {
        headers: meta.letter_headers(),
        place: meta.place(),
        offset: meta.offset(),
        key: meta.key().map(Cow::Borrowed),
        timestamp: meta.timestamp(),
        ..refused_result(sink, error, record)
    }
}

/// The same for what has no place in a source: a result of an aggregate. Its place is the sink, its offset 0.
pub fn refused_result(sink: &'static str, error: &SinkError, record: &impl Serialize) -> DeadLetter<'static> {
    DeadLetter {
        source: sink,
        headers: LetterHeaders::new(Vec::new()),
        place: Cow::Borrowed(sink),
        offset: 0,
        key: None,
        timestamp: None,
        error: Cause::Text(error.to_string()),
        payload: Cow::Owned(serde_json::to_vec(record).unwrap_or_default()),
        is_null: false,
    }
}

impl DeadLetter<'_> {
    /// The same letter, kept: nothing of it is lent.
    #[must_use]
    pub fn into_owned(self) -> DeadLetter<'static> {
        DeadLetter {
            source: self.source,
            place: Cow::Owned(self.place.into_owned()),
            offset: self.offset,
            key: self.key.map(|key| Cow::Owned(key.into_owned())),
            timestamp: self.timestamp,
            error: Cause::Text(self.error.to_string()),
            payload: Cow::Owned(self.payload.into_owned()),
            is_null: self.is_null,
            headers: self.headers.into_owned(),
        }
    }
}

impl Display for DeadLetter<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (place, offset, error, payload) = (&self.place, self.offset, &self.error, Shown(&self.payload));
        if self.is_null {
            return write!(f, "{place} at {offset}: {error}: the message has no value");
        }
        write!(f, "{place} at {offset}: {error}: {payload}")
    }
}

impl Serialize for DeadLetter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every field is written every time, so that the columns of a CSV file are always the same.
        let mut letter = serializer.serialize_struct("DeadLetter", 9)?;
        letter.serialize_field("source", self.source)?;
        letter.serialize_field("place", &self.place)?;
        letter.serialize_field("offset", &self.offset)?;
        let (text, base64) = readable(self.key.as_deref());
        letter.serialize_field("key", &text)?;
        letter.serialize_field("key_base64", &base64)?;
        letter.serialize_field("timestamp", &self.timestamp)?;
        letter.serialize_field("error", &format_args!("{}", self.error))?;
        let (text, base64) = readable((!self.is_null).then_some(&*self.payload));
        letter.serialize_field("payload", &text)?;
        letter.serialize_field("payload_base64", &base64)?;
        letter.end()
    }
}

/// Bytes as text, or as base64 where they are not UTF-8.
fn readable(bytes: Option<&[u8]>) -> (Option<&str>, Option<String>) {
    match bytes.map(|bytes| std::str::from_utf8(bytes).map_err(|_| STANDARD.encode(bytes))) {
        None => (None, None),
        Some(Ok(text)) => (Some(text), None),
        Some(Err(base64)) => (None, Some(base64)),
    }
}

/// A letter on its way to where it rests.
#[doc(hidden)]
#[derive(Debug)]
pub struct LentLetter<'r>(pub(crate) DeadLetter<'r>);

impl Lent for LentLetter<'_> {
    type Owned = DeadLetter<'static>;
    type View = [u8];
    fn view(&self) -> &[u8] {
        &self.0.payload
    }
    fn own(self) -> DeadLetter<'static> {
        self.0.into_owned()
    }
}

impl Borrow<[u8]> for DeadLetter<'static> {
    fn borrow(&self) -> &[u8] {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lend::{Ask, TextKind as _};

    struct At;
    impl Meta for At {
        fn place(&self) -> Cow<'_, str> {
            "orders/3".into()
        }
        fn offset(&self) -> u64 {
            42
        }
        fn key(&self) -> Option<&[u8]> {
            Some(b"k")
        }
    }

    #[test]
    fn a_letter_as_json() {
        let error = crate::op::lines(b"\xff").unwrap_err();
        let text = serde_json::to_value(dead_letter("orders", &At, &error, b"a\"b")).unwrap();
        let expect = serde_json::json!({
            "source": "orders", "place": "orders/3", "offset": 42, "key": "k", "key_base64": null, "timestamp": null,
            "error": "cannot decode text: byte 0 is not UTF-8", "payload": "a\"b", "payload_base64": null
        });
        assert_eq!(text, expect);
        let bytes = serde_json::to_value(dead_letter("orders", &At, &error, b"\xff\xfe")).unwrap();
        assert_eq!(bytes["payload_base64"], "//4=");
        assert_eq!(bytes["payload"], serde_json::Value::Null);
    }

    #[test]
    fn a_letter_without_a_value() {
        let payload = crate::decode::null::null();
        let error = crate::op::json::<u64>(payload).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot decode JSON into `u64`: invalid type: null, expected u64 at column 4"
        );
        let letter = dead_letter("orders", &At, &error, payload);
        assert!(
            letter
                .to_string()
                .ends_with("expected u64 at column 4: the message has no value"),
            "{letter}"
        );
        let text = serde_json::to_value(&letter).unwrap();
        assert_eq!(
            (&text["payload"], &text["payload_base64"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
        assert!(letter.into_owned().is_null);
        assert_eq!(crate::op::json::<Option<u64>>(payload).unwrap(), None);
        let empty = crate::op::json::<Option<u64>>(b"").unwrap_err().to_string();
        assert!(empty.contains("EOF"), "{empty}");
    }

    #[test]
    fn a_letter_is_owned_where_it_rests() {
        let kept: DeadLetter<'static> = {
            let payload = b"\xffx".to_vec();
            let error = crate::op::lines(&payload).unwrap_err();
            let letter = dead_letter("orders", &At, &error, &payload);
            (&&&&Ask::about(&letter)).__kind().lend(letter).own()
        };
        assert_eq!(
            kept.to_string(),
            "orders/3 at 42: cannot decode text: byte 0 is not UTF-8: \\xffx"
        );
    }
}
