use std::any::{Any, TypeId, type_name};

use serde::Serialize;

use super::Message;
use super::message::json_text;

/// Records on their way into a source under test.
///
/// Made from text (`"one line"`, `["several", "lines"]`, a `Vec<String>`), from [`json`], from [`values`], or from
/// [`messages`](super::messages). Which of them a source takes is the source's: sources of bytes take text, JSON and messages,
/// sources of typed records take values.
#[derive(Debug, Clone)]
pub struct Rows(pub(super) Kind);

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text(Vec<Vec<u8>>),
    Messages(Vec<Message>),
    Values(Values),
}

/// A `Vec` of a type that only the source knows.
#[derive(Debug)]
pub(super) struct Values {
    vec: Box<dyn Any + Send>,
    len: usize,
    of: &'static str,
    copy: fn(&(dyn Any + Send)) -> Box<dyn Any + Send>,
}

impl Clone for Values {
    fn clone(&self) -> Self {
        Self {
            vec: (self.copy)(&*self.vec),
            ..*self
        }
    }
}

/// Where in its source a chunk of pushed [`Rows`] stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct At {
    /// Number of the source among those that one stage reads: 0 but for [merged](crate::source) ones.
    pub arm: usize,
    /// Number of the partition within the source, as the test gave it.
    pub partition: u32,
    /// What a person calls the partition: `orders/0`.
    pub label: String,
    /// Rows pushed into this partition before.
    pub offset: u64,
}

/// Rows of JSON: one text per value.
///
/// # Panics
/// When a value does not serialise.
pub fn json<T: Serialize>(values: impl IntoIterator<Item = T>) -> Rows {
    Rows(Kind::Text(values.into_iter().map(|value| json_text(&value)).collect()))
}

/// Rows that are values already: for `memory(…)`, `channel(…)` and other sources of typed records.
///
/// They are `Clone` because a pipeline that is [restarted](crate::testing::Driver::restart) reads them again.
pub fn values<T: Clone + Send + 'static>(values: impl IntoIterator<Item = T>) -> Rows {
    let values: Vec<T> = values.into_iter().collect();
    Rows(Kind::Values(Values {
        len: values.len(),
        of: type_name::<T>(),
        vec: Box::new(values),
        copy: copied::<T>,
    }))
}

fn copied<T: Clone + Send + 'static>(vec: &(dyn Any + Send)) -> Box<dyn Any + Send> {
    let vec = vec.downcast_ref::<Vec<T>>().expect("made of this type");
    Box::new(vec.clone())
}

impl Rows {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Text(texts) => texts.len(),
            Kind::Messages(messages) => messages.len(),
            Kind::Values(values) => values.len,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as payloads: for sources of bytes. Fails on typed values and on messages without a payload, saying so.
    pub fn into_payloads(self) -> Result<Vec<Vec<u8>>, String> {
        let payload = |message: Message| {
            let none = || "this source reads bytes, and a message has no payload; only `kafka` has such".to_owned();
            message.value.ok_or_else(none)
        };
        match self.0 {
            Kind::Text(texts) => Ok(texts),
            Kind::Messages(messages) => messages.into_iter().map(payload).collect(),
            Kind::Values(Values { of, .. }) => Err(format!(
                "this source reads bytes, not values of type `{of}`; push text, or `testing::json(…)`"
            )),
        }
    }

    /// The rows as messages: for sources whose records have keys and headers. Text becomes messages without a key. Fails on
    /// typed values, saying so.
    pub fn into_messages(self) -> Result<Vec<Message>, String> {
        match self.0 {
            Kind::Messages(messages) => Ok(messages),
            other => Ok(Self(other).into_payloads()?.into_iter().map(Message::new).collect()),
        }
    }

    /// The rows as values of type `T`: for sources of typed records. Text is taken where `T` is `String`. Fails on any other
    /// type, naming both.
    pub fn into_values<T: Send + 'static>(self) -> Result<Vec<T>, String> {
        let wanted = type_name::<T>();
        let (vec, of): (Box<dyn Any + Send>, _) = match self.0 {
            Kind::Values(Values { vec, of, .. }) => (vec, of),
            Kind::Text(texts) if TypeId::of::<T>() == TypeId::of::<String>() => {
                let texts: Result<Vec<String>, _> = texts.into_iter().map(String::from_utf8).collect();
                let texts =
                    texts.map_err(|error| format!("this source reads text, and a row is not UTF-8: {error}"))?;
                (Box::new(texts), "alloc::string::String")
            }
            Kind::Text(_) => (Box::new(()), "text"),
            Kind::Messages(_) => (Box::new(()), "messages"),
        };
        vec.downcast::<Vec<T>>().map(|values| *values).map_err(|_| {
            format!("this source reads values of type `{wanted}`, not `{of}`; push `testing::values(…)` of that type")
        })
    }
}

impl From<&str> for Rows {
    fn from(row: &str) -> Self {
        [row].into()
    }
}

impl From<String> for Rows {
    fn from(row: String) -> Self {
        [row].into()
    }
}

impl<R: Into<Vec<u8>>> From<Vec<R>> for Rows {
    fn from(rows: Vec<R>) -> Self {
        Self(Kind::Text(rows.into_iter().map(Into::into).collect()))
    }
}

impl<R: Into<Vec<u8>>, const N: usize> From<[R; N]> for Rows {
    fn from(rows: [R; N]) -> Self {
        Self(Kind::Text(rows.into_iter().map(Into::into).collect()))
    }
}

impl<R: Clone + Into<Vec<u8>>> From<&[R]> for Rows {
    fn from(rows: &[R]) -> Self {
        rows.to_vec().into()
    }
}

impl From<Message> for Rows {
    fn from(message: Message) -> Self {
        super::messages([message])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_payloads_messages_and_strings() {
        assert_eq!(Rows::from(["a", "b"]).into_payloads().unwrap(), [b"a", b"b"]);
        assert_eq!(Rows::from("a").into_messages().unwrap(), [Message::new("a")]);
        assert_eq!(Rows::from(vec!["a".to_owned()]).into_values::<String>().unwrap(), ["a"]);
        assert_eq!(json([(1, "x")]).into_payloads().unwrap(), [br#"[1,"x"]"#]);
    }

    #[test]
    fn values_keep_their_type() {
        assert_eq!(values([1u8, 2]).into_values::<u8>().unwrap(), [1, 2]);
        assert_eq!(
            values([1u8]).into_values::<u16>().unwrap_err(),
            "this source reads values of type `u16`, not `u8`; push `testing::values(…)` of that type"
        );
        assert_eq!(
            values([1u8]).into_payloads().unwrap_err(),
            "this source reads bytes, not values of type `u8`; push text, or `testing::json(…)`"
        );
    }
}
