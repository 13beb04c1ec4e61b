//! What tests do with topics: all of it waits until it is done.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_executor::block_on;
use rdkafka::admin::{AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::metadata::{Metadata, MetadataPartition, MetadataTopic};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::clients::Client;
use super::{Isolation, Kafka, Message, PATIENCE, Record};
use crate::{Result, ports};

/// How many partitions offsets and transactions have: see `node.rs`.
const INTERNAL_PARTITIONS: i32 = 4;

impl Kafka {
    /// Creates a topic, and returns when all its partitions can be written to.
    pub fn create_topic(&self, name: &str, partitions: usize) -> Result<()> {
        let count =
            i32::try_from(partitions).map_err(|_| self.error(format!("{partitions} partitions are too many")))?;
        // The broker's default number of replicas.
        let topic = NewTopic::new(name, count, TopicReplication::Fixed(-1));
        let result = block_on(self.admin()?.create_topics([&topic], &AdminOptions::new()));
        self.check(&format!("create {name}"), result)?;
        self.wait_for_partitions(name, partitions)
    }

    /// Creates a topic under a name that no other test has, and returns the name.
    pub fn fresh_topic(&self, prefix: &str, partitions: usize) -> Result<String> {
        let name = format!("{prefix}-{:016x}", ports::random());
        self.create_topic(&name, partitions)?;
        Ok(name)
    }

    /// Deletes a topic, and returns when the brokers do not know it any more.
    pub fn delete_topic(&self, name: &str) -> Result<()> {
        let result = block_on(self.admin()?.delete_topics(&[name], &AdminOptions::new()));
        self.check(&format!("delete {name}"), result)?;
        let is_gone = |metadata: &Metadata| metadata.topics().iter().all(|topic| topic.partitions().is_empty());
        self.wait_for_metadata(Some(name), &format!("{name} is still there"), is_gone)
    }

    /// Deletes a group that has no members, and with it what it has committed, as the brokers do after `offsets.retention.minutes`.
    pub fn delete_group(&self, name: &str) -> Result<()> {
        let result = block_on(self.admin()?.delete_groups(&[name], &AdminOptions::new()));
        let results = result.map_err(|e| self.error(format!("cannot delete group {name}: {e}")))?;
        for result in results {
            result.map_err(|(_, e)| self.error(format!("cannot delete group {name}: {e}")))?;
        }
        Ok(())
    }

    /// Sets an option of a topic, such as `max.message.bytes`, and keeps no other that was set.
    pub fn set_topic(&self, name: &str, option: &str, value: &str) -> Result<()> {
        let config = AlterConfig::new(ResourceSpecifier::Topic(name)).set(option, value);
        let result = block_on(self.admin()?.alter_configs([&config], &AdminOptions::new()));
        let results = result.map_err(|e| self.error(format!("cannot set {option} of {name}: {e}")))?;
        for result in results {
            result.map_err(|(_, e)| self.error(format!("cannot set {option} of {name}: {e}")))?;
        }
        Ok(())
    }

    /// Which broker (counted from 0) leads a partition now.
    pub fn leader(&self, topic: &str, partition: i32) -> Result<usize> {
        let leader = Cell::new(-1);
        self.wait_for_metadata(Some(topic), &format!("nobody leads {topic}/{partition}"), |metadata| {
            let mut partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
            let found = partitions.find(|p| p.id() == partition).map(MetadataPartition::leader);
            leader.set(found.unwrap_or(-1));
            leader.get() > 0
        })?;
        // Brokers are numbered from 1.
        usize::try_from(leader.get() - 1).map_err(|_| self.error("a broker has no number"))
    }

    /// Which broker (counted from 0) coordinates a group now.
    pub fn coordinator(&self, group: &str) -> Result<usize> {
        self.leader("__consumer_offsets", slot(group))
    }

    /// Reads what is committed of a topic, from its beginning to what were its high watermarks at the time of the call.
    ///
    /// The brokers say that a transaction is committed before they note it in its partitions. Readers do not see it until then; this waits for it, and
    /// fails where a transaction stays open.
    pub fn read_stable(&self, topic: &str) -> Result<Vec<Record>> {
        let (ends, stable) = self.both_consumers()?;
        for partition in 0..self.partitions(topic)? {
            let end = self.end(&ends, topic, partition)?;
            let began = Instant::now();
            while self.end(&stable, topic, partition)? < end {
                if began.elapsed() > PATIENCE {
                    return Err(self.error(format!("a transaction is open in {topic}/{partition}")));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.read_all(topic, Isolation::ReadCommitted)
    }

    /// Where the partitions of a topic end: for readers of everything, and for those of what is committed. A transaction is open
    /// where the two differ.
    pub fn ends(&self, topic: &str) -> Result<Vec<(i64, i64)>> {
        let (ends, stable) = self.both_consumers()?;
        let both = |partition| Ok((self.end(&ends, topic, partition)?, self.end(&stable, topic, partition)?));
        (0..self.partitions(topic)?).map(both).collect()
    }

    fn both_consumers(&self) -> Result<(Client<BaseConsumer>, Client<BaseConsumer>)> {
        let consumer = |isolation: Isolation| {
            let mut config = self.client_config();
            config.set("group.id", "test-services");
            config.set("isolation.level", isolation.level());
            self.consumer(config)
        };
        Ok((
            consumer(Isolation::ReadUncommitted)?,
            consumer(Isolation::ReadCommitted)?,
        ))
    }

    /// Where a partition ends, for a consumer of its isolation.
    fn end(&self, consumer: &BaseConsumer, topic: &str, partition: i32) -> Result<i64> {
        self.watermarks(consumer, topic, partition).map(|(_, high)| high)
    }

    fn watermarks(&self, consumer: &BaseConsumer, topic: &str, partition: i32) -> Result<(i64, i64)> {
        let began = Instant::now();
        // Directly after a restart a broker may not yet know that it leads.
        loop {
            match consumer.fetch_watermarks(topic, partition, PATIENCE) {
                Err(error) if error.rdkafka_error_code().is_some_and(electing) && began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(error) => return Err(self.error(format!("cannot read {topic}: {error}"))),
                Ok(watermarks) => return Ok(watermarks),
            }
        }
    }

    /// Gives a topic more partitions: `partitions` in all. Returns when all can be written to.
    pub fn add_partitions(&self, name: &str, partitions: usize) -> Result<()> {
        let new = NewPartitions::new(name, partitions);
        let result = block_on(self.admin()?.create_partitions([&new], &AdminOptions::new()));
        self.check(&format!("add partitions to {name}"), result)?;
        self.wait_for_partitions(name, partitions)
    }

    /// Writes records, and returns when all replicas have them: the partition and the offset of
    /// each. Those that go to the same partition stay in order.
    pub fn produce<M: Into<Message>>(
        &self,
        topic: &str,
        messages: impl IntoIterator<Item = M>,
    ) -> Result<Vec<(i32, i64)>> {
        let failed = |e: KafkaError| self.error(format!("cannot write to {topic}: {e}"));
        let mut config = self.client_config();
        // One request at a time keeps the order. An idempotent producer would, too, but it takes
        // half a second to begin.
        config.set("max.in.flight.requests.per.connection", "1");
        config.set("partitioner", "murmur2_random");
        config.set("message.timeout.ms", PATIENCE.as_millis().to_string());
        config.set("queue.buffering.max.messages", "1000000");
        let producer: Client<BaseProducer<Deliveries>> = self.create(&config, Deliveries::default())?;
        let mut sent = 0;
        for message in messages {
            let message = message.into();
            let mut record = record(topic, &message, sent);
            while let Err((error, unsent)) = producer.send(record) {
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                    return Err(failed(error));
                }
                producer.poll(Duration::from_millis(5));
                record = unsent;
            }
            sent += 1;
            if sent % 1000 == 0 {
                producer.poll(Duration::ZERO);
            }
        }
        while producer.in_flight_count() > 0 {
            producer.poll(Duration::from_millis(5));
        }
        let deliveries = producer.context().0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = vec![(-1, -1); sent];
        for (index, place) in deliveries.iter() {
            places[*index] = place.clone().map_err(failed)?;
        }
        Ok(places)
    }

    /// Reads a topic from its beginning to what were its high watermarks (for
    /// [`Isolation::ReadCommitted`]: its last stable offsets) at the time of the call. Sorted by
    /// partition and offset.
    pub fn read_all(&self, topic: &str, isolation: Isolation) -> Result<Vec<Record>> {
        let failed = |e: KafkaError| self.error(format!("cannot read {topic}: {e}"));
        let mut config = self.client_config();
        // It is not joined, but a consumer cannot be assigned to without.
        config.set("group.id", "test-services");
        config.set("isolation.level", isolation.level());
        config.set("enable.partition.eof", "true");
        config.set("auto.offset.reset", "error");
        // The default makes a consumer that has read enough ahead pause for a second.
        config.set("fetch.queue.backoff.ms", "1");
        config.set("fetch.wait.max.ms", "10");
        let consumer = self.consumer(config)?;
        let mut ends = Vec::new();
        let mut assignment = TopicPartitionList::new();
        for partition in 0..self.partitions(topic)? {
            let (low, high) = self.watermarks(&consumer, topic, partition)?;
            ends.push(high);
            if low < high {
                let added = assignment.add_partition_offset(topic, partition, Offset::Offset(low));
                added.map_err(failed)?;
            }
        }
        let mut open: Vec<_> = assignment
            .elements()
            .iter()
            .map(TopicPartitionListElem::partition)
            .collect();
        consumer.assign(&assignment).map_err(failed)?;
        let mut records = Vec::new();
        let mut progress = Instant::now();
        while !open.is_empty() {
            match consumer.poll(Duration::from_millis(100)) {
                None if progress.elapsed() > PATIENCE => {
                    let rest = format!("partitions {open:?} of {topic} were not read to their ends");
                    return Err(self.error(rest));
                }
                None => continue,
                Some(Ok(message)) => {
                    let end = ends[usize::try_from(message.partition()).unwrap_or(0)];
                    if message.offset() < end {
                        records.push(Record::from_message(&message));
                    }
                    if message.offset() + 1 >= end {
                        open.retain(|p| *p != message.partition());
                    }
                }
                // The rest, if any, is of transactions: their marks, or what they aborted.
                Some(Err(KafkaError::PartitionEOF(partition))) => open.retain(|p| *p != partition),
                Some(Err(error)) if error.rdkafka_error_code().is_some_and(passing) => continue,
                Some(Err(error)) => return Err(failed(error)),
            }
            progress = Instant::now();
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        Ok(records)
    }

    /// The offsets that `group` has committed for `topic`, by partition; without the partitions
    /// that it has committed nothing for.
    pub fn committed(&self, group: &str, topic: &str) -> Result<Vec<(i32, i64)>> {
        let failed = |e| self.error(format!("cannot ask what {group} committed: {e}"));
        let mut config = self.client_config();
        config.set("group.id", group);
        let consumer = self.consumer(config)?;
        let mut asked = TopicPartitionList::new();
        for partition in 0..self.partitions(topic)? {
            asked.add_partition(topic, partition);
        }
        let began = Instant::now();
        // The broker that coordinates a group is found only after a while, the first time that a group is asked for.
        let answer = loop {
            match consumer.committed_offsets(asked.clone(), PATIENCE) {
                Err(error) if error.rdkafka_error_code().is_some_and(settling) && began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                answer => break answer.map_err(failed)?,
            }
        };
        let elements = answer.elements();
        let offsets = elements.iter().filter_map(|e| match e.offset() {
            Offset::Offset(offset) => Some((e.partition(), offset)),
            _ => None,
        });
        Ok(offsets.collect())
    }

    fn partitions(&self, topic: &str) -> Result<i32> {
        let metadata = self
            .producer()?
            .client()
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(|e| self.error(format!("cannot ask about {topic}: {e}")))?;
        let found = metadata.topics().first().map_or(0, |t| t.partitions().len());
        match i32::try_from(found) {
            Ok(count) if count > 0 => Ok(count),
            _ => Err(self.error(format!("there is no topic {topic}"))),
        }
    }

    fn wait_for_partitions(&self, topic: &str, partitions: usize) -> Result<()> {
        let otherwise = format!("{topic} did not get {partitions} partitions with leaders");
        self.wait_for_metadata(Some(topic), &otherwise, |metadata| {
            metadata
                .topics()
                .iter()
                .any(|t| t.partitions().len() == partitions && t.partitions().iter().all(|p| p.leader() >= 0))
        })
    }

    fn check(&self, action: &str, result: Result<Vec<rdkafka::admin::TopicResult>, KafkaError>) -> Result<()> {
        let results = result.map_err(|e| self.error(format!("cannot {action}: {e}")))?;
        for result in results {
            result.map_err(|(_, e)| self.error(format!("cannot {action}: {e}")))?;
        }
        Ok(())
    }
}

/// Which of the partitions of an internal topic holds a group: by the hash of Java's strings.
fn slot(name: &str) -> i32 {
    let hash = name
        .encode_utf16()
        .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    (hash & i32::MAX) % INTERNAL_PARTITIONS
}

/// What has been written, by the records' numbers.
#[derive(Default)]
struct Deliveries(Mutex<Vec<Delivery>>);

type Delivery = (usize, Result<(i32, i64), KafkaError>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let place = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        let mut deliveries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        deliveries.push((index, place));
    }
}

fn record<'a>(topic: &'a str, message: &'a Message, index: usize) -> BaseRecord<'a, [u8], [u8], usize> {
    let mut record = BaseRecord::with_opaque_to(topic, index);
    record.partition = message.partition;
    record.key = message.key.as_deref();
    record.payload = message.value.as_deref();
    record.timestamp = message.timestamp;
    if !message.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(message.headers.len());
        record.headers = Some(message.headers.iter().fold(headers, |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: value.as_deref(),
            })
        }));
    }
    record
}

/// Errors of a group that nobody asked for before.
fn settling(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress
    )
}

/// Errors of a partition whose leader has just been restarted.
fn electing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::NotLeaderForPartition | Code::LeaderNotAvailable | Code::UnknownPartition
    )
}

/// Errors that a client gets over by itself.
fn passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve
    )
}
