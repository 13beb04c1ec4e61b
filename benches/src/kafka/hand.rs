//! What the loops from Kafka to Kafka share by hand: reading, and committing what is done.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::broker::Input;
use super::outbox::Outbox;
use super::{PARTITIONS, Promise, consumer, next};
use crate::harness::{Measured, Watch};

/// How often offsets are committed.
const INTERVAL: Duration = Duration::from_millis(100);

/// Messages between two looks at the clock and at the producer's reports.
const STRIDE: u64 = 1_024;

/// What is done with the messages.
pub(crate) trait Work {
    fn message(&mut self, message: &BorrowedMessage<'_>, outbox: &mut Outbox<'_>);

    /// There are no more messages.
    fn end(&mut self, outbox: &mut Outbox<'_>);
}

/// Works on all messages on one thread, at least once. The clock runs from the first message to the last commit.
pub(crate) fn run(input: Input, out: &str, promise: Promise, mut work: impl Work) -> Measured {
    let consumer = consumer(input.bootstrap, out, input.topic);
    let linger = match promise {
        Promise::AtLeastOnce => 20,
        Promise::ExactlyOnce => 5,
    };
    let mut outbox = Outbox::new(input.bootstrap, out, promise, linger);
    let mut ahead = [0; PARTITIONS as usize];
    let mut watch = None;
    let mut noted = Instant::now();
    // Offsets that are committed as soon as what was sent before them is acknowledged: meanwhile the loop goes on.
    let mut waiting = None;
    for n in 1..=input.messages {
        let message = next(&consumer);
        watch.get_or_insert_with(Watch::start);
        work.message(&message, &mut outbox);
        ahead[message.partition() as usize] = message.offset() + 1;
        if n % STRIDE == 0 && promise == Promise::ExactlyOnce {
            outbox.poll();
            if noted.elapsed() >= INTERVAL {
                commit_together(&consumer, &outbox, input.topic, ahead);
                noted = Instant::now();
            }
        } else if n % STRIDE == 0 {
            outbox.poll();
            if let Some((_, offsets)) = waiting.take_if(|(sent, _)| outbox.has_acknowledged(sent)) {
                commit(&consumer, input.topic, offsets, CommitMode::Async);
            }
            if waiting.is_none() && noted.elapsed() >= INTERVAL {
                waiting = Some((outbox.sent(), ahead));
                noted = Instant::now();
            }
        }
    }
    if promise == Promise::ExactlyOnce {
        // What is open waits for the next run.
        commit_together(&consumer, &outbox, input.topic, ahead);
        return watch.expect("there are messages").stop(input.messages);
    }
    work.end(&mut outbox);
    outbox.drain();
    commit(&consumer, input.topic, ahead, CommitMode::Sync);
    watch.expect("there are messages").stop(input.messages)
}

fn commit(consumer: &BaseConsumer, topic: &str, ahead: [i64; PARTITIONS as usize], mode: CommitMode) {
    consumer
        .commit(&offsets(topic, ahead), mode)
        .expect("offsets are committed");
}

fn commit_together(consumer: &BaseConsumer, outbox: &Outbox<'_>, topic: &str, ahead: [i64; PARTITIONS as usize]) {
    let group = consumer.group_metadata().expect("the consumer has a group");
    outbox.commit(&offsets(topic, ahead), &group);
}

fn offsets(topic: &str, ahead: [i64; PARTITIONS as usize]) -> TopicPartitionList {
    let mut offsets = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(ahead) {
        offsets
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .expect("a valid offset");
    }
    offsets
}
