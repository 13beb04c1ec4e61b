use std::fmt;

use serde::de::DeserializeOwned;

use super::Message;

/// What a sink was given, as rows: the lines or messages that it would have written.
///
/// Rows of one batch come in order of source partition and chunk, and behind an aggregate in an order that is the same each time
/// but means nothing: compare those [sorted](Self::sorted).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Output {
    messages: Vec<Message>,
}

impl Output {
    pub(super) fn new(messages: Vec<Message>) -> Self {
        Self { messages }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The rows as bytes; empty where a message has no payload.
    #[must_use]
    pub fn rows(&self) -> Vec<&[u8]> {
        self.messages.iter().map(Message::value_or_nothing).collect()
    }

    /// The rows as messages: with key, headers and timestamp where the sink writes such, as `kafka` does.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The rows as text.
    ///
    /// # Panics
    /// When a row is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Vec<String> {
        let text = |row: &[u8]| match str::from_utf8(row) {
            Ok(text) => text.to_owned(),
            Err(error) => panic!("a row is not UTF-8: {error}"),
        };
        self.rows().into_iter().map(text).collect()
    }

    /// The rows as text, in the order of the text.
    ///
    /// # Panics
    /// When a row is not UTF-8.
    #[must_use]
    pub fn sorted(&self) -> Vec<String> {
        let mut rows = self.text();
        rows.sort_unstable();
        rows
    }

    /// The rows as values, read from JSON.
    ///
    /// # Panics
    /// When a row is not JSON of a `T`; the message shows the row.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Vec<T> {
        let value = |row: &[u8]| match serde_json::from_slice(row) {
            Ok(value) => value,
            Err(error) => panic!(
                "a row is not JSON of a `{}`: {error}: {}",
                std::any::type_name::<T>(),
                String::from_utf8_lossy(row)
            ),
        };
        self.rows().into_iter().map(value).collect()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.rows().into_iter().map(String::from_utf8_lossy))
            .finish()
    }
}
