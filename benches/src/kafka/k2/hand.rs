//! By hand: one thread, however many there are (librdkafka has its own besides).

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{LEAST, Spent};
use crate::data::orders::Order;
use crate::harness::{Measured, Watch};
use crate::kafka::broker::Input;
use crate::kafka::outbox::Outbox;
use crate::kafka::{PARTITIONS, consumer, next};

/// How often offsets are committed.
const INTERVAL: Duration = Duration::from_millis(100);

/// Messages between two looks at the clock and at the producer's reports.
const STRIDE: u64 = 1_024;

pub(super) fn run(input: Input, out: &str) -> Measured {
    let consumer = consumer(input.bootstrap, out, input.topic);
    let mut outbox = Outbox::new(input.bootstrap, out);
    let mut ahead = [0; PARTITIONS as usize];
    let mut value = Vec::new();
    let mut watch = None;
    let mut committed = Instant::now();
    // Offsets that are committed as soon as what was sent before them is acknowledged: meanwhile the loop goes on.
    let mut waiting = None;
    for n in 1..=input.messages {
        let message = next(&consumer);
        watch.get_or_insert_with(Watch::start);
        let order: Order<'_> = serde_json::from_slice(message.payload().unwrap_or_default()).expect("an order");
        ahead[message.partition() as usize] = message.offset() + 1;
        if order.amount >= LEAST {
            value.clear();
            let spent = Spent {
                user: order.user,
                amount: order.amount,
            };
            serde_json::to_writer(&mut value, &spent).expect("it is JSON");
            outbox.send(message.partition(), &value);
        }
        if n % STRIDE == 0 {
            outbox.poll();
            if let Some((_, offsets)) = waiting.take_if(|(sent, _)| outbox.has_acknowledged(sent)) {
                commit(&consumer, input.topic, offsets, CommitMode::Async);
            }
            if waiting.is_none() && committed.elapsed() >= INTERVAL {
                waiting = Some((outbox.sent(), ahead));
                committed = Instant::now();
            }
        }
    }
    outbox.drain();
    commit(&consumer, input.topic, ahead, CommitMode::Sync);
    watch.expect("there are messages").stop(input.messages)
}

fn commit(consumer: &BaseConsumer, topic: &str, ahead: [i64; PARTITIONS as usize], mode: CommitMode) {
    let mut offsets = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(ahead) {
        offsets
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .expect("a valid offset");
    }
    consumer.commit(&offsets, mode).expect("offsets are committed");
}
