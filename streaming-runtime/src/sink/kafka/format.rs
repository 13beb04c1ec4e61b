use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;

use super::key::MessageKey;
use super::limits::Limits;
use super::message::{Outgoing, Resent, stage};
use super::staged::{Adding, Staged};
use crate::sink::json::{NonFinite, write_json};
use crate::sink::{Encode, Keyed, SinkError};

/// How records become messages.
pub trait Format: Debug + Clone + Send + Sync + 'static {}

/// Text, bytes and [`Message`](super::Message)s, as they are.
#[derive(Debug, Clone, Copy)]
pub struct Raw;

/// Dead letters, with the time that their messages were sent with.
#[derive(Debug, Clone, Copy)]
pub struct Letters;

/// One JSON text a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json {
    pub(super) non_finite: NonFinite,
}

impl Format for Raw {}
impl Format for Letters {}
impl Format for Json {}

/// Encodes records into [`Staged`] messages, on the worker threads.
#[derive(Debug, Clone)]
pub struct Encoder<F> {
    format: F,
    topic: String,
    limits: Arc<Limits>,
}

impl<F> Encoder<F> {
    pub(super) fn new(format: F, topic: &str, limits: Arc<Limits>) -> Self {
        Self {
            format,
            topic: topic.to_owned(),
            limits,
        }
    }

    fn largest(&self) -> usize {
        self.limits.largest()
    }

    /// Ends a message, unless the client or the topic would not take it: better now than when half a batch is written.
    #[inline]
    fn end(&self, adding: Adding<'_>) -> Result<(), SinkError> {
        if adding.size() > self.largest() {
            return Err(self.too_large(adding.size()));
        }
        if !adding.has_key() && self.limits.keyed() {
            return Err(self.keyless());
        }
        adding.end();
        Ok(())
    }

    #[cold]
    fn keyless(&self) -> SinkError {
        SinkError::new(format!(
            "a record without a key cannot be written to topic `{}`: with `cleanup.policy=compact` it takes none; give the sink a `.key(…)` that is \
             never null, or change that",
            self.topic
        ))
    }

    #[cold]
    fn too_large(&self, size: usize) -> SinkError {
        SinkError::new(format!(
            "a record of {size} bytes is too large for topic `{}`: the limit is {} bytes; raise it with \
             `.config(\"message.max.bytes\", …)` and the topic's `max.message.bytes`, or write smaller records",
            self.topic,
            self.largest()
        ))
    }
}

impl Encoder<Json> {
    fn json(&self, record: &impl Serialize, adding: &mut Adding<'_>) -> Result<(), SinkError> {
        adding
            .value(|bytes| write_json(record, bytes, self.format.non_finite))
            .map_err(|e| SinkError::new(format!("cannot write a record as JSON to topic `{}`: {e}", self.topic)))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T, Staged> for Encoder<Json> {
    #[inline]
    fn encode(&self, record: T, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        self.json(&record, &mut adding)?;
        self.end(adding)
    }
}

impl<K: MessageKey, T: Serialize> Encode<Keyed<K, T>, Staged> for Encoder<Json> {
    #[inline]
    fn encode(&self, keyed: Keyed<K, T>, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        adding.key(|bytes| keyed.key.write(bytes));
        self.json(&keyed.record, &mut adding)?;
        self.end(adding)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outgoing> Encode<T, Staged> for Encoder<Raw> {
    #[inline]
    fn encode(&self, record: T, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        stage(&record, &mut adding, true, self.largest());
        self.end(adding)
    }
}

impl<K: MessageKey, T: Outgoing> Encode<Keyed<K, T>, Staged> for Encoder<Raw> {
    #[inline]
    fn encode(&self, keyed: Keyed<K, T>, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        adding.key(|bytes| keyed.key.write(bytes));
        stage(&keyed.record, &mut adding, false, self.largest());
        self.end(adding)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Resent> Encode<T, Staged> for Encoder<Letters> {
    #[inline]
    fn encode(&self, record: T, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        stage(&record, &mut adding, true, self.largest());
        adding.timestamp(record.sent_at());
        self.end(adding)
    }
}

impl<K: MessageKey, T: Resent> Encode<Keyed<K, T>, Staged> for Encoder<Letters> {
    #[inline]
    fn encode(&self, keyed: Keyed<K, T>, staged: &mut Staged) -> Result<(), SinkError> {
        let mut adding = staged.add();
        adding.key(|bytes| keyed.key.write(bytes));
        stage(&keyed.record, &mut adding, false, self.largest());
        adding.timestamp(keyed.record.sent_at());
        self.end(adding)
    }
}
