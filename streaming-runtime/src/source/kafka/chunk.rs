use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use self_cell::self_cell;

use super::context::Context;
use super::headers;
use super::partition::Partition;
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
    messages: Messages,
}

/// One message, borrowed from what was fetched. Nothing is read or copied before it is asked for.
#[derive(Clone, Copy)]
pub struct KafkaMessage<'c> {
    partition: &'c Partition,
    message: &'c BorrowedMessage<'c>,
}

impl KafkaChunk {
    pub(super) fn new(partition: Arc<Partition>, messages: Messages) -> Self {
        Self { partition, messages }
    }

    fn iter(&self) -> impl Iterator<Item = KafkaMessage<'_>> {
        let partition = &*self.partition;
        let messages = self.messages.borrow_dependent();
        messages.iter().map(move |message| KafkaMessage { partition, message })
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
        self.message.key()
    }

    /// The value; `None` for a tombstone, which deletes its key from a compacted topic.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> Option<&'c [u8]> {
        self.message.payload()
    }

    /// The headers in order. One whose name is not UTF-8 is there under the name `\u{fffd}`, without a value.
    pub fn headers(&self) -> impl Iterator<Item = (&'c str, Option<&'c [u8]>)> + use<'c> {
        let headers = self.message.headers().into_iter();
        headers.flat_map(|all| {
            (0..all.count()).map(|index| {
                let header = headers::at(all, index);
                (header.key, header.value)
            })
        })
    }

    /// The value of the last header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'c [u8]> {
        self.headers().filter(|(key, _)| *key == name).last()?.1
    }

    /// When it was sent or, where the topic says so, appended: epoch milliseconds.
    #[must_use]
    pub fn timestamp(&self) -> Option<i64> {
        self.message.timestamp().to_millis()
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
        self.message.offset()
    }
}

impl Meta for KafkaMessage<'_> {
    fn place(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.partition.label)
    }

    fn offset(&self) -> u64 {
        self.message.offset().unsigned_abs()
    }

    fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    fn timestamp(&self) -> Option<i64> {
        KafkaMessage::timestamp(self)
    }

    fn each_header<'m>(&'m self, mut add: impl FnMut(&'m str, Option<&'m [u8]>)) {
        self.headers().for_each(|(name, value)| add(name, value));
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
            .field("rows", &self.messages.borrow_dependent().len())
            .finish()
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
