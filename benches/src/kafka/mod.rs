//! Benchmarks against a real broker on this machine: it takes its share of the cores, from both sides alike.
//!
//! The input is a topic of 4 partitions with the messages of [`crate::data::orders`].

pub(crate) mod broker;
pub(crate) mod fetch;
mod first;
mod hand;
pub(crate) mod k1;
pub(crate) mod k2;
pub(crate) mod k3;
mod outbox;

pub(crate) use first::FirstMessage;

use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use streaming_runtime::{Graph, Pipeline};

use self::broker::{Input, fresh_topic};
use crate::checkpoint::place;
use crate::harness::Measured;

/// Partitions of every topic.
pub(crate) const PARTITIONS: i32 = 4;

/// Nothing takes longer on a broker that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Messages between two commits of a pipeline, of which only the number can be said when it reads what is there: about 100 ms.
pub(crate) const BATCH: u64 = 100_000;

/// A consumer as fast as we could make one, at the beginning of all partitions.
pub(crate) fn consumer(bootstrap: &str, group: &str, topic: &str) -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        // The default of a second stalls a fast consumer as soon as the queue is full once.
        .set("fetch.queue.backoff.ms", "2")
        .set("fetch.wait.max.ms", "10")
        // With ten times as much, a consumer that cannot keep up works on memory that is cold: a fifth more processor time for K2.
        .set("queued.min.messages", "100000")
        .set("queued.max.messages.kbytes", "16384")
        .set("max.partition.fetch.bytes", "4194304")
        .set("check.crcs", "false")
        .create()
        .expect("the consumer's settings are right");
    let mut partitions = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        partitions
            .add_partition_offset(topic, partition, Offset::Beginning)
            .expect("a valid offset");
    }
    consumer.assign(&partitions).expect("partitions can be assigned");
    consumer
}

/// The next message. Asking without patience first saves a look at the clock.
#[inline]
pub(crate) fn next(consumer: &BaseConsumer) -> BorrowedMessage<'_> {
    loop {
        let message = consumer.poll(Duration::ZERO).or_else(|| consumer.poll(PATIENCE));
        match message.expect("messages come") {
            Err(KafkaError::PartitionEOF(_)) => {}
            message => return message.expect("messages can be read"),
        }
    }
}

/// How many messages a topic holds.
pub(crate) fn messages(consumer: &BaseConsumer, topic: &str) -> u64 {
    let in_partition = |partition| {
        let (low, high) = consumer
            .fetch_watermarks(topic, partition, PATIENCE)
            .expect("the broker answers");
        (high - low) as u64
    };
    (0..PARTITIONS).map(in_partition).sum()
}

/// What both sides promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Offsets are committed when what was sent before is acknowledged.
    AtLeastOnce,
    /// Output and offsets are committed in one transaction; ours keeps its state in a checkpoint as well, the hand-written loop has none.
    ExactlyOnce,
}

impl Promise {
    /// Runs a pipeline under this promise to its end.
    fn run(self, pipeline: Pipeline<impl Graph>) {
        let kept = (self == Self::ExactlyOnce).then(place);
        let pipeline = match &kept {
            Some(kept) => pipeline.checkpoint(kept.path()),
            None => pipeline,
        };
        pipeline.start().join().expect("the pipeline runs");
    }
}

/// Runs one side into a new topic, and adds what that holds then to the outputs.
pub(crate) fn checked(input: Input, run: impl FnOnce(&str) -> Measured) -> Measured {
    let out = fresh_topic(input.bootstrap);
    let mut measured = run(&out);
    let consumer = consumer(input.bootstrap, "bench-read-back", &out);
    // The markers of transactions have offsets, too, but are not handed out: the ends are waited for, not counted.
    let mut ended = 0;
    while ended < PARTITIONS {
        match consumer.poll(PATIENCE).expect("messages come") {
            Ok(message) => measured.add_output(message.payload().unwrap_or_default()),
            Err(KafkaError::PartitionEOF(_)) => ended += 1,
            Err(error) => panic!("cannot read back: {error}"),
        }
    }
    measured
}
