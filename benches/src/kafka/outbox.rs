//! A producer by hand that knows what is acknowledged.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};

use super::broker::send;
use super::{PARTITIONS, PATIENCE, Promise};

/// How many messages of each partition.
pub(crate) type Counts = [u64; PARTITIONS as usize];

/// An idempotent producer for one topic.
pub(crate) struct Outbox<'t> {
    producer: BaseProducer<Acknowledged>,
    topic: &'t str,
    sent: Counts,
}

impl<'t> Outbox<'t> {
    /// Messages wait for others for `linger` milliseconds: the longer, the fewer and larger the requests, and the less work for the client and for
    /// the broker. A commit waits for what is still lingering.
    pub(crate) fn new(bootstrap: &str, topic: &'t str, promise: Promise, linger: u64) -> Self {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", linger.to_string())
            .set("batch.size", "1000000")
            .set("batch.num.messages", "100000")
            .set("queue.buffering.max.messages", "500000");
        if promise == Promise::ExactlyOnce {
            config
                .set("transactional.id", topic)
                // Brokers put off a transaction that follows closely on another: offered again after 100 ms by default.
                .set("retry.backoff.ms", "2");
        }
        let producer: BaseProducer<Acknowledged> = config
            .create_with_context(Acknowledged::default())
            .expect("the producer's settings are right");
        if promise == Promise::ExactlyOnce {
            producer.init_transactions(PATIENCE).expect("transactions can begin");
            producer.begin_transaction().expect("a transaction begins");
        }
        Self {
            producer,
            topic,
            sent: Counts::default(),
        }
    }

    /// Sends a message, waiting for room.
    pub(crate) fn send(&mut self, partition: i32, value: &[u8]) {
        send(&self.producer, self.topic, partition, value);
        self.sent[partition as usize] += 1;
    }

    pub(crate) fn sent(&self) -> Counts {
        self.sent
    }

    /// Whether all that had been sent then is acknowledged. An idempotent producer keeps the order of each partition, so that counting
    /// tells.
    pub(crate) fn has_acknowledged(&self, sent: &Counts) -> bool {
        let acknowledged = &self.producer.context().0;
        sent.iter()
            .zip(acknowledged)
            .all(|(sent, acknowledged)| acknowledged.load(Ordering::Relaxed) >= *sent)
    }

    /// Commits what was sent together with these offsets, and begins anew.
    pub(crate) fn commit(&self, offsets: &TopicPartitionList, group: &ConsumerGroupMetadata) {
        let sent = self.producer.send_offsets_to_transaction(offsets, group, PATIENCE);
        sent.expect("offsets join the transaction");
        self.drain();
        self.producer.commit_transaction(PATIENCE).expect("it commits");
        self.producer.begin_transaction().expect("a transaction begins");
    }

    /// Looks at the reports that have come.
    pub(crate) fn poll(&self) {
        self.producer.poll(Duration::ZERO);
    }

    /// Waits until everything is acknowledged.
    pub(crate) fn drain(&self) {
        while !self.has_acknowledged(&self.sent) {
            self.producer.poll(Duration::from_millis(1));
        }
    }
}

/// Messages acknowledged, by partition.
#[derive(Debug, Default)]
struct Acknowledged([AtomicU64; PARTITIONS as usize]);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let message = result.as_ref().expect("the broker takes every message");
        self.0[message.partition() as usize].fetch_add(1, Ordering::Relaxed);
    }
}
