use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::message::BorrowedMessage;
use self_cell::self_cell;

use super::context::Context;
use super::partition::Partition;
use super::pushed::Letter;
use crate::bench;
use crate::decode::LetterHeaders;
use crate::decode::null::null;
use crate::source::{Meta, Payloads, Records};

type Queue = Arc<PartitionQueue<Context>>;
type List<'q> = Vec<BorrowedMessage<'q>>;

// Messages borrow from the queue that they came from. The cell keeps both, so that a chunk can travel to another thread while the
// messages stay where librdkafka received them.
self_cell!(
    pub(super) struct Messages {
        owner: Queue,
        #[covariant]
        dependent: List,
    }
);

/// Messages of one partition, in the memory that they were received into.
pub struct KafkaChunk {
    partition: Arc<Partition>,
    content: Content,
}

enum Content {
    Fetched(Messages),
    /// What a test pushed, and the offset of the first.
    Pushed(Vec<bench::Message>, u64),
}

/// One message, borrowed from what was fetched. Nothing is read or copied before it is asked for.
#[derive(Clone, Copy)]
pub struct KafkaMessage<'c> {
    partition: &'c Partition,
    letter: Letter<'c>,
}

impl KafkaChunk {
    pub(super) fn new(partition: Arc<Partition>, messages: Messages) -> Self {
        Self {
            partition,
            content: Content::Fetched(messages),
        }
    }

    /// Messages that a test pushes, the first of them at this offset.
    pub(super) fn pushed(partition: Arc<Partition>, messages: Vec<bench::Message>, offset: u64) -> Self {
        Self {
            partition,
            content: Content::Pushed(messages, offset),
        }
    }

    fn iter(&self) -> impl Iterator<Item = KafkaMessage<'_>> {
        let partition = &*self.partition;
        let (fetched, pushed, first): (&[_], &[_], u64) = match &self.content {
            Content::Fetched(messages) => (messages.borrow_dependent(), &[], 0),
            Content::Pushed(messages, offset) => (&[], messages, *offset),
        };
        let fetched = fetched.iter().map(Letter::Fetched);
        let pushed = (first.cast_signed()..)
            .zip(pushed)
            .map(|(offset, message)| Letter::Pushed(message, offset));
        fetched
            .chain(pushed)
            .map(move |letter| KafkaMessage { partition, letter })
    }

    /// The offset of the message in this row.
    pub(super) fn offset(&self, row: u64) -> u64 {
        let message = usize::try_from(row).ok().and_then(|row| self.iter().nth(row));
        message.map_or(row, |message| Meta::offset(&message))
    }
}

impl<'c> KafkaMessage<'c> {
    /// The key; `None` where the message was sent without.
    #[inline]
    #[must_use]
    pub fn key(&self) -> Option<&'c [u8]> {
        self.letter.key()
    }

    /// The value; `None` for a tombstone, which deletes its key from a compacted topic.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> Option<&'c [u8]> {
        self.letter.payload()
    }

    /// The headers in order. Nothing of them is touched before this is called.
    ///
    /// One whose name is not UTF-8 is there under the name `\u{fffd}`, without a value, as the client library panics over it. A process that is built with
    /// `panic = "abort"` ends there, with an error that says where the message is.
    pub fn headers(&self) -> impl Iterator<Item = (&'c str, Option<&'c [u8]>)> + use<'c> {
        self.letter.headers(&self.partition.label)
    }

    /// The value of the last header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'c [u8]> {
        self.headers().filter(|(key, _)| *key == name).last()?.1
    }

    /// When it was sent or, where the topic says so, appended: epoch milliseconds.
    #[must_use]
    pub fn timestamp(&self) -> Option<i64> {
        self.letter.timestamp()
    }

    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &'c str {
        &self.partition.topic
    }

    /// The partition within the topic.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.partition.id
    }

    /// The offset within the partition.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.letter.offset()
    }
}

impl Meta for KafkaMessage<'_> {
    fn place(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.partition.label)
    }

    fn offset(&self) -> u64 {
        self.letter.offset().unsigned_abs()
    }

    fn key(&self) -> Option<&[u8]> {
        self.letter.key()
    }

    fn timestamp(&self) -> Option<i64> {
        KafkaMessage::timestamp(self)
    }

    fn each_header<'m>(&'m self, mut add: impl FnMut(&'m str, Option<&'m [u8]>)) {
        self.headers().for_each(|(name, value)| add(name, value));
    }

    fn letter_headers(&self) -> LetterHeaders<'_> {
        LetterHeaders::lent(*self)
    }
}

impl Records for KafkaChunk {
    type Record<'c> = KafkaMessage<'c>;
    type Meta<'c> = KafkaMessage<'c>;

    #[inline]
    fn records(&self) -> impl Iterator<Item = (KafkaMessage<'_>, KafkaMessage<'_>)> {
        self.iter().map(|message| (message, message))
    }
}

/// The payload of a tombstone is empty, but for decoders that know `null`.
impl Payloads for KafkaChunk {
    type Meta<'c> = KafkaMessage<'c>;

    #[inline]
    fn payloads(&self) -> impl Iterator<Item = (KafkaMessage<'_>, &[u8])> {
        self.iter()
            .map(|message| (message, message.payload().unwrap_or_else(|| null())))
    }
}

impl fmt::Debug for KafkaChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaChunk")
            .field("partition", &self.partition.label)
            .field("rows", &self.iter().count())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KafkaMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaMessage")
            .field("partition", &self.partition.label)
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}
