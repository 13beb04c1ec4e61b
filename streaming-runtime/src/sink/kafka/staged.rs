use serde::{Deserialize, Serialize};

use crate::bench;

/// The messages of one chunk, encoded: one buffer for the bytes of all, and how long each part is.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Staged {
    /// Key, value, and the values of the headers of each message, one after another.
    bytes: Vec<u8>,
    lengths: Vec<Lengths>,
    /// The names of all headers, one after another, and how long each is, with its value.
    names: String,
    headers: Vec<(usize, Option<usize>)>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Lengths {
    key: Option<usize>,
    value: Option<usize>,
    headers: usize,
    timestamp: Option<i64>,
}

/// One message of a [`Staged`].
#[derive(Debug, Clone)]
pub(crate) struct Row<'s> {
    pub(crate) key: Option<&'s [u8]>,
    pub(crate) value: Option<&'s [u8]>,
    pub(crate) headers: Vec<(&'s str, Option<&'s [u8]>)>,
    pub(crate) timestamp: Option<i64>,
}

impl Row<'_> {
    /// The message as a test sees it.
    pub(super) fn for_test(&self) -> bench::Message {
        let header = |(name, value): &(&str, Option<&[u8]>)| ((*name).to_owned(), value.map(<[u8]>::to_vec));
        bench::Message {
            value: self.value.map(<[u8]>::to_vec),
            key: self.key.map(<[u8]>::to_vec),
            headers: self.headers.iter().map(header).collect(),
            timestamp: self.timestamp,
        }
    }
}

/// A message that is being added; it is there when [`end`](Adding::end) is called, and gone when it is not.
pub(super) struct Adding<'s> {
    staged: &'s mut Staged,
    start: usize,
    first_name: usize,
    first_header: usize,
    lengths: Lengths,
}

impl Staged {
    /// Nothing, with room for about as much as there is in `other`.
    pub(super) fn with_room_of(other: &Self) -> Self {
        Self {
            bytes: Vec::with_capacity(other.bytes.len()),
            lengths: Vec::with_capacity(other.lengths.len()),
            names: String::with_capacity(other.names.len()),
            headers: Vec::with_capacity(other.headers.len()),
        }
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    pub(super) fn add(&mut self) -> Adding<'_> {
        Adding {
            start: self.bytes.len(),
            first_name: self.names.len(),
            first_header: self.headers.len(),
            staged: self,
            lengths: Lengths {
                key: None,
                value: None,
                headers: 0,
                timestamp: None,
            },
        }
    }

    /// The messages in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let (mut bytes, mut names, mut headers) = (self.bytes.as_slice(), self.names.as_str(), self.headers.iter());
        self.lengths.iter().map(move |lengths| {
            let mut take = |length: usize| bytes.split_off(..length).expect("as long as noted");
            Row {
                key: lengths.key.map(&mut take),
                value: lengths.value.map(&mut take),
                headers: headers
                    .by_ref()
                    .take(lengths.headers)
                    .map(|(name, value)| {
                        let (name, rest) = names.split_at(*name);
                        names = rest;
                        (name, value.map(&mut take))
                    })
                    .collect(),
                timestamp: lengths.timestamp,
            }
        })
    }
}

impl Adding<'_> {
    /// Adds the key, unless `write` says that there is none.
    pub(super) fn key(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let start = self.staged.bytes.len();
        if write(&mut self.staged.bytes) {
            self.lengths.key = Some(self.staged.bytes.len() - start);
        }
    }

    pub(super) fn has_key(&self) -> bool {
        self.lengths.key.is_some()
    }

    /// Adds the value.
    pub(super) fn value<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let start = self.staged.bytes.len();
        write(&mut self.staged.bytes)?;
        self.lengths.value = Some(self.staged.bytes.len() - start);
        Ok(())
    }

    /// Adds a header.
    pub(super) fn header(&mut self, name: &str, value: Option<&[u8]>) {
        self.staged.names.push_str(name);
        self.staged.bytes.extend_from_slice(value.unwrap_or_default());
        self.staged.headers.push((name.len(), value.map(<[u8]>::len)));
        self.lengths.headers += 1;
    }

    /// Sets the time it is sent at, epoch milliseconds.
    pub(super) fn timestamp(&mut self, millis: Option<i64>) {
        self.lengths.timestamp = millis;
    }

    /// Bytes so far.
    pub(super) fn size(&self) -> usize {
        self.staged.bytes.len() - self.start + self.staged.names.len() - self.first_name
    }

    /// The message is whole.
    pub(super) fn end(mut self) {
        self.staged.lengths.push(self.lengths);
        self.start = self.staged.bytes.len();
        self.first_name = self.staged.names.len();
        self.first_header = self.staged.headers.len();
    }
}

impl Drop for Adding<'_> {
    fn drop(&mut self) {
        self.staged.bytes.truncate(self.start);
        self.staged.names.truncate(self.first_name);
        self.staged.headers.truncate(self.first_header);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn messages_come_back_as_they_were_added() {
        let mut staged = Staged::default();
        let mut first = staged.add();
        first.key(|bytes| {
            bytes.push(1);
            true
        });
        first.value(|bytes| bytes.write_all(&[2, 3])).unwrap();
        first.header("h", Some(b"x"));
        first.header("n", None);
        first.timestamp(Some(7));
        first.end();
        let mut second = staged.add();
        second.key(|_| false);
        second.end();
        let rows: Vec<_> = staged.rows().collect();
        assert_eq!(rows[0].key, Some(&[1][..]));
        assert_eq!(rows[0].value, Some(&[2, 3][..]));
        assert_eq!(rows[0].headers, [("h", Some(&b"x"[..])), ("n", None)]);
        assert_eq!(rows[0].timestamp, Some(7));
        assert_eq!((rows[1].key, rows[1].value, rows[1].timestamp), (None, None, None));
    }

    #[test]
    fn a_message_that_is_not_whole_leaves_nothing() {
        let mut staged = Staged::default();
        let mut broken = staged.add();
        broken.header("h", Some(b"x"));
        assert_eq!(
            broken.value(|bytes| {
                bytes.push(1);
                Err("no")
            }),
            Err("no")
        );
        drop(broken);
        let mut good = staged.add();
        good.value(|bytes| bytes.write_all(&[2])).unwrap();
        good.end();
        assert_eq!(staged.len(), 1);
        let row = staged.rows().next().unwrap();
        assert_eq!((row.value, row.headers.len()), (Some(&[2][..]), 0));
    }
}
