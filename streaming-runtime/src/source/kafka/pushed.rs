//! Messages that a test pushes into the source.

use std::sync::Arc;

use rdkafka::message::{BorrowedMessage, Headers, Message as _};

use super::chunk::KafkaChunk;
use super::note::Note;
use super::partition::Partition;
use super::{Kafka, headers};
use crate::bench::{At, Message, Rows};

/// A message, wherever it came from. Nothing is read or copied before it is asked for.
#[derive(Clone, Copy)]
pub(super) enum Letter<'c> {
    Fetched(&'c BorrowedMessage<'c>),
    /// What a test pushed, with its offset.
    Pushed(&'c Message, i64),
}

impl<'c> Letter<'c> {
    #[inline]
    pub(super) fn key(self) -> Option<&'c [u8]> {
        match self {
            Self::Fetched(message) => message.key(),
            Self::Pushed(message, _) => message.key.as_deref(),
        }
    }

    #[inline]
    pub(super) fn payload(self) -> Option<&'c [u8]> {
        match self {
            Self::Fetched(message) => message.payload(),
            Self::Pushed(message, _) => message.value.as_deref(),
        }
    }

    #[inline]
    pub(super) fn offset(self) -> i64 {
        match self {
            Self::Fetched(message) => message.offset(),
            Self::Pushed(_, offset) => offset,
        }
    }

    #[inline]
    pub(super) fn timestamp(self) -> Option<i64> {
        match self {
            Self::Fetched(message) => message.timestamp().to_millis(),
            Self::Pushed(message, _) => message.timestamp,
        }
    }

    /// `label` is what a person calls the partition.
    pub(super) fn headers(self, label: &'c str) -> impl Iterator<Item = (&'c str, Option<&'c [u8]>)> + use<'c> {
        let offset = self.offset();
        let (fetched, pushed) = match self {
            Self::Fetched(message) => (message.headers(), None),
            Self::Pushed(message, _) => (None, Some(&message.headers)),
        };
        let fetched = fetched
            .into_iter()
            .flat_map(move |all| (0..all.count()).map(move |index| headers::at(all, index, (label, offset))));
        let pushed = pushed.into_iter().flatten();
        fetched
            .map(|header| (header.key, header.value))
            .chain(pushed.map(|(name, value)| (name.as_str(), value.as_deref())))
    }
}

/// What `source` would read where a test pushes `rows`: messages of its first topic.
pub(super) fn chunk(source: &Kafka, rows: Rows, at: &At) -> Result<KafkaChunk, String> {
    let topic = source.topics.first().map_or("", String::as_str);
    let id = i32::try_from(at.partition).map_err(|_| format!("there is no partition {}", at.partition))?;
    let partition = Arc::new(Partition::new(at.partition, topic, id, Note::default()));
    Ok(KafkaChunk::pushed(partition, rows.into_messages()?, at.offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{json, messages};
    use crate::source::{Meta, Payloads, Records, Source, kafka};

    fn at(partition: u32, offset: u64) -> At {
        At {
            arm: 0,
            partition,
            label: "orders/3".to_owned(),
            offset,
        }
    }

    #[test]
    fn a_test_pushes_messages_with_all_that_goes_with_them() {
        let full = Message::new("v")
            .key("k")
            .header("h", "1")
            .header("h", "2")
            .null_header("n")
            .timestamp(7);
        let chunk = kafka("topic")
            .chunk_for_test(messages([full, Message::tombstone("gone")]), &at(3, 40))
            .unwrap();
        let found: Vec<_> = chunk.records().map(|(_, message)| message).collect();
        let (first, second) = (found[0], found[1]);
        assert_eq!((first.key(), first.payload()), (Some(&b"k"[..]), Some(&b"v"[..])));
        let headers: Vec<_> = first.headers().collect();
        assert_eq!(headers, [("h", Some(&b"1"[..])), ("h", Some(&b"2"[..])), ("n", None)]);
        assert_eq!(first.header("h"), Some(&b"2"[..]));
        assert_eq!((first.timestamp(), first.offset()), (Some(7), 40));
        assert_eq!((first.topic(), first.partition()), ("topic", 3));
        assert_eq!(first.place(), "topic/3");
        assert_eq!((second.key(), second.payload()), (Some(&b"gone"[..]), None));
        assert_eq!((second.timestamp(), second.offset()), (None, 41));
        assert_eq!(second.headers().count(), 0);
        assert_eq!(chunk.offset(1), 41);
    }

    #[test]
    fn a_dead_letter_reads_headers_when_somebody_asks_for_them() {
        let message = Message::new("{").header("h", "1").null_header("n");
        let chunk = kafka("topic").chunk_for_test(messages([message]), &at(3, 40)).unwrap();
        let (meta, payload) = chunk.payloads().next().unwrap();
        let error = crate::op::json::<u64>(payload).unwrap_err();
        let letter = crate::op::dead_letter("orders", &meta, &error, payload);
        assert!(serde_json::to_string(&letter).unwrap().contains("topic/3"));
        assert_eq!(format!("{:?}", letter.headers), "[..]", "not read");
        let expected = [("h", Some(&b"1"[..])), ("n", None)];
        assert!(letter.headers.iter().eq(expected));
        let kept = letter.into_owned();
        drop(chunk);
        assert!(kept.headers.iter().eq(expected));
    }

    #[test]
    fn rows_of_text_are_payloads() {
        let chunk = kafka("topic").chunk_for_test(json([1, 2]), &at(0, 0)).unwrap();
        let payloads: Vec<&[u8]> = chunk.payloads().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, [b"1", b"2"]);
        let error = kafka("topic")
            .chunk_for_test(crate::bench::values([1]), &at(0, 0))
            .unwrap_err();
        assert!(error.contains("reads bytes"), "{error}");
    }
}
