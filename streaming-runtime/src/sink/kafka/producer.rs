use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::deliveries::{Deliveries, Failure};
use super::staged::{Row, Staged};

/// How long the brokers may take to say that the topic is there.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 3;
/// How long to wait before looking again whether a full queue has room.
const FULL: Duration = Duration::from_millis(1);

/// A connected producer for one topic.
pub(super) struct Client {
    producer: ThreadedProducer<Deliveries>,
    topic: String,
    brokers: String,
    /// Messages handed to the producer, since it was created.
    sent: AtomicU64,
}

opaque_debug!([] Client<>);

impl Client {
    /// Connects, and sees that the topic is there.
    pub(super) fn connect(config: &ClientConfig, topic: String, brokers: String) -> Result<Self, String> {
        let producer = ThreadedProducer::from_config_and_context(config, Deliveries::default())
            .map_err(|e| format!("cannot create a kafka producer: {e}"))?;
        let client = Self {
            producer,
            topic,
            brokers,
            sent: AtomicU64::new(0),
        };
        client.look()?;
        Ok(client)
    }

    fn look(&self) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let metadata = match self.producer.client().fetch_metadata(Some(&self.topic), PATIENCE) {
                Ok(metadata) => metadata,
                Err(error) => {
                    last = format!("no broker answered ({error}): check the addresses, and that the brokers run");
                    continue;
                }
            };
            let found = metadata.topics().iter().find(|found| found.name() == self.topic);
            match found.and_then(rdkafka::metadata::MetadataTopic::error).map(Code::from) {
                None => return Ok(()),
                // One that the brokers create on demand has no leader for a moment.
                Some(Code::LeaderNotAvailable) => last = Code::LeaderNotAvailable.to_string(),
                Some(code) => return Err(self.cannot(&advice(code, 0))),
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
        Err(self.cannot(&last))
    }

    /// Writes the messages in order; returns when all replicas in sync have all of them.
    ///
    /// # Errors
    /// A message when one could not be written; others may have been.
    pub(super) fn write(&self, staged: &[Staged]) -> Result<(), String> {
        let deliveries = self.producer.context();
        let mut refused = None;
        let mut count = 0;
        for row in staged.iter().flat_map(Staged::rows) {
            count += 1;
            if let Err(failure) = self.send(&row) {
                refused = Some(failure);
                break;
            }
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        let failures = deliveries.wait(self.sent.load(Ordering::Relaxed));
        let failed = failures.count + u64::from(refused.is_some());
        match refused.or(failures.first) {
            None => Ok(()),
            Some(Failure { error, size }) => {
                let total: usize = staged.iter().map(Staged::len).sum();
                let what = match error.rdkafka_error_code() {
                    Some(code) => advice(code, size),
                    None => error.to_string(),
                };
                let unsent = total as u64 - count;
                Err(self.cannot(&format!(
                    "{} of {total} records were not acknowledged: {what}",
                    failed + unsent
                )))
            }
        }
    }

    /// Hands one message to the client; waits while its queue is full, which bounds memory.
    fn send(&self, row: &Row<'_>) -> Result<(), Failure> {
        let mut record = self.record(row);
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, unsent)) if error.rdkafka_error_code() == Some(Code::QueueFull) => {
                    record = unsent;
                    std::thread::park_timeout(FULL);
                }
                Err((error, _)) => {
                    let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
                    let size = length(row.key) + length(row.value);
                    return Err(Failure { error, size });
                }
            }
        }
    }

    fn record<'a>(&'a self, row: &'a Row<'a>) -> BaseRecord<'a, [u8], [u8]> {
        let mut record = BaseRecord::to(&self.topic);
        record.key = row.key;
        record.payload = row.value;
        record.timestamp = row.timestamp;
        if !row.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(row.headers.len());
            record.headers = Some(row.headers.iter().fold(headers, |headers, (name, value)| {
                headers.insert(Header {
                    key: name,
                    value: Some(*value),
                })
            }));
        }
        record
    }

    fn cannot(&self, what: &str) -> String {
        format!("cannot write to topic `{}` on `{}`: {what}", self.topic, self.brokers)
    }
}

/// What went wrong, and what to do about it.
fn advice(code: Code, size: usize) -> String {
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            "there is no such topic: create it, or correct the name".to_owned()
        }
        Code::TopicAuthorizationFailed => "access is denied: allow this user to write to it".to_owned(),
        Code::MessageSizeTooLarge => format!(
            "a record of {size} bytes is larger than the topic's `max.message.bytes`: raise that limit, or write smaller records"
        ),
        Code::MessageTimedOut => {
            "no broker took them within `message.timeout.ms`: check that the brokers run and that enough replicas are in sync".to_owned()
        }
        code => code.to_string(),
    }
}
