//! A producer: sends what was staged, and tells what became of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::deliveries::Deliveries;
pub(crate) use super::deliveries::{Blame, Failure, Failures};
use super::fault::Fault;
use super::limit::{self, Client, Late};
use super::{options, trouble};
use crate::clock::WallClock;
use crate::sink::kafka::{Row, Staged};

/// How long the brokers may take to say that a topic is there. They are asked for as long, and so often, before it counts that it is not.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 3;
/// The default of `message.timeout.ms`.
const LASTS: Duration = Duration::from_mins(5);
/// How long to wait before looking again whether a full queue has room.
const FULL: Duration = Duration::from_millis(1);

/// A producer, and how much it was given.
pub(crate) struct Sender {
    pub(super) producer: Client<ThreadedProducer<Deliveries>>,
    /// A message that is not told of after so long never will be.
    lasts: Duration,
    /// Messages handed to the producer, since it was created.
    sent: AtomicU64,
    /// How often the client had to get over something until it was ready.
    before: AtomicU64,
}

opaque_debug!([] Sender<>);

impl Sender {
    /// Creates the producer; it connects by itself.
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, String> {
        let producer = ThreadedProducer::from_config_and_context(config, Deliveries::default())
            .map_err(|e| options::refused("producer", &e))?;
        let timeout = ["transaction.timeout.ms", "message.timeout.ms"]
            .iter()
            .find_map(|key| config.get(key));
        let timeout = timeout
            .and_then(|ms| ms.parse().ok())
            .map_or(LASTS, Duration::from_millis);
        Ok(Self {
            producer: Client::new(producer),
            lasts: timeout + limit::SLACK,
            sent: AtomicU64::new(0),
            before: AtomicU64::new(0),
        })
    }

    /// Sees that a topic is there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn look(&self, topic: &str) -> Result<(), Fault> {
        let mut last = Fault::passing("");
        let began = WallClock::machine();
        let mut attempts = 0;
        while attempts < ATTEMPTS || began.elapsed() < PATIENCE {
            attempts += 1;
            let name = topic.to_owned();
            let found = self
                .producer
                .call("a question about a topic", PATIENCE, move |producer| {
                    let metadata = producer.client().fetch_metadata(Some(&name), PATIENCE)?;
                    let found = metadata.topics().iter().find(|found| found.name() == name);
                    Ok(found.and_then(rdkafka::metadata::MetadataTopic::error).map(Code::from))
                });
            match found {
                Ok(Ok(None)) => return Ok(()),
                // One that the brokers create on demand has no leader for a moment.
                Ok(Ok(Some(Code::LeaderNotAvailable))) => {
                    last = Fault::passing(trouble::text(Code::LeaderNotAvailable));
                }
                // Brokers that have just started may not know all topics yet.
                Ok(Ok(Some(code @ (Code::UnknownTopicOrPartition | Code::UnknownTopic)))) => {
                    last = Fault::permanent(advice(code));
                }
                Ok(Ok(Some(code))) => return Err(Fault::of(&KafkaError::Global(code), advice(code))),
                Ok(Err::<_, KafkaError>(error)) => last = self.producer.context().unanswered(&error),
                Err(late) => last = late.into(),
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
        Err(last)
    }

    /// Hands messages to the client, in order, but for the first ones.
    ///
    /// # Errors
    /// The first that the client does not take; those behind it are not sent.
    pub(crate) fn send(&self, topic: &str, staged: &[Staged], but: usize) -> Result<(), Box<Failure>> {
        for row in staged.iter().flat_map(Staged::rows).skip(but) {
            self.send_one(topic, &row)?;
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Messages handed to the client so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Waits until it is known of all messages what became of them; those of this batch that were not written.
    ///
    /// # Errors
    /// When the client says nothing of some although their time is over.
    pub(crate) fn wait(&self) -> Result<Failures, Late> {
        self.wait_for(false)
    }

    /// The same, but not for longer than until one was not written. A transaction with such a record is aborted, and the client neither sends the others
    /// until then nor tells of them. This producer is not to be used again.
    ///
    /// # Errors
    /// When the client says nothing of some although their time is over.
    pub(crate) fn wait_for_one_failure(&self) -> Result<Failures, Late> {
        self.wait_for(true)
    }

    fn wait_for(&self, one_failure: bool) -> Result<Failures, Late> {
        let told = self.producer.context().wait(self.sent(), self.lasts, one_failure);
        told.ok_or(Late {
            call: "writing records",
            limit: self.lasts,
        })
    }

    /// Ends the producer in good order.
    pub(crate) fn close(self) {
        self.producer.close();
    }

    /// What the client had to get over until now does not count.
    pub(super) fn forget_disturbances(&self) {
        let until_now = self.producer.context().disturbances();
        self.before.store(until_now, Ordering::Relaxed);
    }

    /// Whether the client has lost a connection since it was ready, or waited for an answer in vain. It asks again by itself, so that what it asked
    /// first may still be on its way to a broker.
    pub(super) fn is_disturbed(&self) -> bool {
        self.producer.context().disturbances() != self.before.load(Ordering::Relaxed)
    }

    /// Hands one message to the client; waits while its queue is full, which bounds memory.
    fn send_one(&self, topic: &str, row: &Row<'_>) -> Result<(), Box<Failure>> {
        let number = usize::try_from(self.sent()).unwrap_or(usize::MAX);
        let mut record = record(topic, row, number);
        let mut full = None;
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, unsent))
                    if error.rdkafka_error_code() == Some(Code::QueueFull)
                        && full.get_or_insert_with(WallClock::machine).elapsed() < self.lasts =>
                {
                    record = unsent;
                    std::thread::park_timeout(FULL);
                }
                Err((error, _)) => {
                    return Err(Box::new(Failure::new(topic, error, number, row.key, row.value)));
                }
            }
        }
    }
}

impl Failure {
    /// The record, or what the brokers say, has to change first.
    pub(crate) fn is_permanent(&self) -> bool {
        // Fatal for the producer, not for the next one.
        let fatal = self.error.rdkafka_error_code() == Some(Code::Fatal);
        self.blame().is_some() || !fatal && trouble::is_final(&self.error)
    }

    /// What went wrong, and what to do about it.
    pub(crate) fn advice(&self) -> String {
        let content = &self.content;
        match self.blame() {
            Some(Blame::Size) => format!(
                "a record of {} bytes is larger than the topic's `max.message.bytes`: raise that limit, or write smaller records; it is the one with {content}",
                self.size
            ),
            Some(Blame::Time) => format!(
                "the timestamp of a record is further from the present than the topic's `message.timestamp.before.max.ms` and \
                 `message.timestamp.after.max.ms` allow: raise them, or send records with another time; it is the one with {content}"
            ),
            Some(Blame::Record) if !self.has_key => format!(
                "a record without a key is refused, as by topics with `cleanup.policy=compact`: give the sink a `.key(…)` that is never null, or change \
                 that; it is the one with {content}"
            ),
            Some(Blame::Record) => format!(
                "a record is refused by a rule of the topic or of its brokers: change the rule, or write other records; it is the one with {content}"
            ),
            None => self
                .error
                .rdkafka_error_code()
                .map_or_else(|| trouble::say(&self.error), advice),
        }
    }
}

fn record<'a>(topic: &'a str, row: &'a Row<'a>, number: usize) -> BaseRecord<'a, [u8], [u8], usize> {
    let mut record = BaseRecord::with_opaque_to(topic, number);
    record.key = row.key;
    record.payload = row.value;
    record.timestamp = row.timestamp;
    if !row.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(row.headers.len());
        record.headers = Some(row.headers.iter().fold(headers, |headers, (name, value)| {
            headers.insert(Header {
                key: name,
                value: *value,
            })
        }));
    }
    record
}

/// What went wrong, and what to do about it.
fn advice(code: Code) -> String {
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            "there is no such topic: create it, or correct the name".to_owned()
        }
        Code::TopicAuthorizationFailed => "access is denied: allow this user to write to it".to_owned(),
        Code::MessageTimedOut => {
            "no broker took them within `message.timeout.ms`: check that the brokers run and that enough replicas are in sync".to_owned()
        }
        code => trouble::text(code),
    }
}
