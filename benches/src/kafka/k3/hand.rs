//! By hand: one thread; a transaction is committed as soon as it has something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{IDLE, Ping};
use crate::kafka::outbox::Outbox;
use crate::kafka::{PARTITIONS, Promise, consumer};

/// Between two commits: with less, the broker does little else.
const INTERVAL: Duration = Duration::from_millis(5);

pub(super) fn run(bootstrap: &'static str, from: &str, to: &str, stop: &AtomicBool) {
    let consumer = consumer(bootstrap, to, from);
    let mut outbox = Outbox::new(bootstrap, to, Promise::ExactlyOnce, 1);
    let (mut ahead, mut open, mut noted) = ([0; PARTITIONS as usize], false, Instant::now());
    let mut value = Vec::new();
    while !stop.load(Ordering::Acquire) {
        if let Some(Ok(message)) = consumer.poll(IDLE.min(INTERVAL)) {
            let ping: Ping = serde_json::from_slice(message.payload().unwrap_or_default()).expect("a ping");
            value.clear();
            serde_json::to_writer(&mut value, &ping).expect("it is JSON");
            outbox.send(message.partition(), &value);
            ahead[message.partition() as usize] = message.offset() + 1;
            open = true;
        }
        if open && noted.elapsed() >= INTERVAL {
            let mut offsets = TopicPartitionList::new();
            for (partition, offset) in (0..).zip(ahead) {
                let added = offsets.add_partition_offset(from, partition, Offset::Offset(offset));
                added.expect("a valid offset");
            }
            outbox.commit(&offsets, &consumer.group_metadata().expect("the consumer has a group"));
            (open, noted) = (false, Instant::now());
        }
    }
}
