use std::fmt;

use serde::de::DeserializeOwned;

/// What a sink was given, as rows: the lines or messages that it would have written.
///
/// Rows of one batch come in order of source partition and chunk, and behind an aggregate in an order that is the same each time
/// but means nothing: compare those [sorted](Self::sorted).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Output {
    rows: Vec<Vec<u8>>,
}

impl Output {
    pub(super) fn new(rows: Vec<Vec<u8>>) -> Self {
        Self { rows }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as bytes.
    #[must_use]
    pub fn rows(&self) -> &[Vec<u8>] {
        &self.rows
    }

    /// The rows as text.
    ///
    /// # Panics
    /// When a row is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Vec<String> {
        let text = |row: &Vec<u8>| match String::from_utf8(row.clone()) {
            Ok(text) => text,
            Err(error) => panic!("a row is not UTF-8: {error}"),
        };
        self.rows.iter().map(text).collect()
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
        let value = |row: &Vec<u8>| match serde_json::from_slice(row) {
            Ok(value) => value,
            Err(error) => panic!(
                "a row is not JSON of a `{}`: {error}: {}",
                std::any::type_name::<T>(),
                String::from_utf8_lossy(row)
            ),
        };
        self.rows.iter().map(value).collect()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.rows.iter().map(|row| String::from_utf8_lossy(row)))
            .finish()
    }
}
