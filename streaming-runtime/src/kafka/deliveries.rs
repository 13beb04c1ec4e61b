use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;

use super::fault::Fault;
use super::log::{self, Heard};
use crate::decode::Shown;

/// What librdkafka heads the lines with by which it tells of a lost connection, and of requests that were not answered in time.
const LOST: [&str; 2] = ["FAIL", "REQTMOUT"];

/// What became of the messages that were sent: told by the client's own thread, waited for by the one that sent them.
#[derive(Debug)]
pub(crate) struct Deliveries {
    /// Messages told of, since the client was created.
    told: AtomicU64,
    /// The number that somebody waits for.
    awaited: AtomicU64,
    failures: Mutex<Failures>,
    change: Condvar,
    /// What the client got over by itself: a connection was lost, a request timed out.
    disturbances: AtomicU64,
    heard: Heard,
}

/// The messages that were not written since it was last asked.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    pub(crate) count: u64,
    /// The one that was handed to the client first.
    pub(crate) first: Option<Box<Failure>>,
}

/// One message that was not written.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) topic: String,
    pub(crate) error: KafkaError,
    /// How many messages were handed to the client before it, since the client was created.
    pub(crate) number: usize,
    /// Bytes of its key and value.
    pub(crate) size: usize,
    pub(crate) has_key: bool,
    /// Its key and its value, as far as a person needs them to find it.
    pub(crate) content: String,
}

impl Failure {
    pub(super) fn new(topic: &str, error: KafkaError, number: usize, key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        let shown = |part: Option<&[u8]>| part.map_or("null".to_owned(), |part| format!("`{}`", Shown(part)));
        Self {
            topic: topic.to_owned(),
            error,
            number,
            size: length(key) + length(value),
            has_key: key.is_some(),
            content: format!("key {}, value {}", shown(key), shown(value)),
        }
    }

    /// Why the brokers did not take a batch, where that is for a record in it. It is this record only where it is alone in its batch.
    pub(crate) fn blame(&self) -> Option<Blame> {
        match self.error.rdkafka_error_code()? {
            Code::MessageSizeTooLarge | Code::MessageBatchTooLarge => Some(Blame::Size),
            Code::InvalidTimestamp => Some(Blame::Time),
            Code::InvalidRecord | Code::InvalidDifferentRecord => Some(Blame::Record),
            _ => None,
        }
    }
}

/// What of a record the brokers refuse, and with it the batch that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    Size,
    Time,
    /// Anything else, such as a missing key.
    Record,
}

impl Blame {
    /// What to do so that batches are taken again, as the end of a sentence.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Size => {
                ". The topic's `max.message.bytes` was lowered, or this user may not read it: start the pipeline again, or allow that"
            }
            Self::Time | Self::Record => "",
        }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "for its size",
            Self::Time => "for the timestamp of a record",
            Self::Record => "for a record in it",
        })
    }
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            told: AtomicU64::new(0),
            awaited: AtomicU64::new(u64::MAX),
            failures: Mutex::default(),
            change: Condvar::new(),
            disturbances: AtomicU64::new(0),
            heard: Heard::default(),
        }
    }
}

impl Deliveries {
    /// How often the client had to get over something since it was created.
    pub(super) fn disturbances(&self) -> u64 {
        self.disturbances.load(Ordering::Relaxed)
    }

    /// Why a question was not answered.
    pub(super) fn unanswered(&self, error: &KafkaError) -> Fault {
        self.heard.unanswered(error)
    }

    /// Waits until `sent` messages have been told of, counted since the client was created; what failed among those of this batch.
    ///
    /// `None` when some have not been told of after `limit`. Where the first failure is `enough`, the rest is not waited for.
    pub(super) fn wait(&self, sent: u64, limit: Duration, enough: bool) -> Option<Failures> {
        self.awaited.store(sent, Ordering::SeqCst);
        let failures = self.failures.lock().expect("no panic while locked");
        let open = |failures: &mut Failures| self.told.load(Ordering::SeqCst) < sent && !(enough && failures.count > 0);
        let waited = self.change.wait_timeout_while(failures, limit, open);
        let (mut failures, timeout) = waited.expect("no panic while locked");
        self.awaited.store(u64::MAX, Ordering::SeqCst);
        (!timeout.timed_out()).then(|| std::mem::take(&mut *failures))
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if LOST.contains(&facility) {
            self.disturbances.fetch_add(1, Ordering::Relaxed);
        }
        log::line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.note(&error, reason);
        self.disturbances.fetch_add(1, Ordering::Relaxed);
        log::error(&error, reason);
    }

    fn stats_raw(&self, _: &[u8]) {}
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        if let Err((error, message)) = result {
            let mut failures = self.failures.lock().expect("no panic while locked");
            failures.count += 1;
            // Partitions answer in no particular order.
            if failures.first.as_ref().is_none_or(|first| number < first.number) {
                let (key, value) = (message.key(), message.payload());
                let failure = Failure::new(message.topic(), error.clone(), number, key, value);
                failures.first = Some(Box::new(failure));
            }
            self.change.notify_all();
        }
        let told = self.told.fetch_add(1, Ordering::SeqCst) + 1;
        if told == self.awaited.load(Ordering::SeqCst) {
            // Taken, so that the waiting thread is not between its look and its sleep.
            let _failures = self.failures.lock().expect("no panic while locked");
            self.change.notify_all();
        }
    }
}
