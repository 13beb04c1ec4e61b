//! By hand: one thread, however many there are (librdkafka has its own besides).

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{LEAST, Spent};
use crate::data::orders::Order;
use crate::harness::{Measured, Watch};
use crate::kafka::broker::{Input, drain, send};
use crate::kafka::{PARTITIONS, PATIENCE, consumer, next};

/// How long a transaction is open.
const INTERVAL: Duration = Duration::from_millis(100);

/// Messages between two looks at the clock and at the producer's reports.
const STRIDE: u64 = 1_024;

/// Returns what it took and the number of messages sent.
pub(super) fn run(input: Input, out: &str) -> (Measured, u64) {
    let consumer = consumer(input.bootstrap, out, input.topic);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", input.bootstrap)
        .set("transactional.id", out)
        .set("linger.ms", "5")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.messages", "500000")
        .create()
        .expect("the producer's settings are right");
    producer
        .init_transactions(PATIENCE)
        .expect("the broker has transactions");
    producer.begin_transaction().expect("a transaction begins");
    let mut ahead = [0; PARTITIONS as usize];
    let mut value = Vec::new();
    let mut outputs = 0;
    let mut watch = None;
    let mut opened = Instant::now();
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
            send(&producer, out, message.partition(), &value);
            outputs += 1;
        }
        if n % STRIDE == 0 {
            producer.poll(Duration::ZERO);
            if opened.elapsed() >= INTERVAL {
                commit(&producer, &consumer, input.topic, ahead);
                producer.begin_transaction().expect("a transaction begins");
                opened = Instant::now();
            }
        }
    }
    commit(&producer, &consumer, input.topic, ahead);
    (watch.expect("there are messages").stop(input.messages), outputs)
}

fn commit(producer: &BaseProducer, consumer: &BaseConsumer, topic: &str, ahead: [i64; PARTITIONS as usize]) {
    let mut offsets = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(ahead) {
        offsets
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .expect("a valid offset");
    }
    let group = consumer.group_metadata().expect("the consumer has a group");
    drain(producer);
    producer
        .send_offsets_to_transaction(&offsets, &group, PATIENCE)
        .expect("offsets are taken");
    producer
        .commit_transaction(PATIENCE)
        .expect("the transaction is committed");
}
