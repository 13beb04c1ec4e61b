//! Drives a source as the engine does, one event at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use streaming_runtime::source::kafka::{Kafka, KafkaChunk, KafkaPosition};
use streaming_runtime::source::{Event, Fetched, Meta, Open, Payloads, Source, SourceError, kafka};
use test_services::kafka as services;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) type Read = (String, u64, String);

/// A member of a group, and what it has read.
pub(crate) struct Reader {
    source: Kafka,
    /// The partitions it has, by number.
    pub(crate) labels: BTreeMap<u32, String>,
    pub(crate) caught_up: BTreeSet<String>,
    /// Place, offset and value of every message.
    pub(crate) read: Vec<Read>,
    /// Positions that were reached and not committed.
    next: BTreeMap<u32, KafkaPosition>,
    pub(crate) lag: BTreeMap<String, u64>,
    /// Where reading began, by place.
    pub(crate) begun: BTreeMap<String, i64>,
    pub(crate) ended: bool,
    /// The chunks of the open batch, where they are kept.
    pub(crate) keep: Option<Vec<KafkaChunk>>,
}

/// A source that finds changes of the group soon.
pub(crate) fn source(brokers: &services::Kafka, topic: &str, group: &str) -> Kafka {
    kafka(topic)
        .brokers(brokers.bootstrap())
        .group(group)
        .config("heartbeat.interval.ms", 200)
        .config("session.timeout.ms", 6000)
        .config("reconnect.backoff.max.ms", 200)
        .config("topic.metadata.refresh.interval.ms", 500)
}

pub(crate) fn how(bounded: bool) -> Open<KafkaPosition> {
    Open {
        bounded,
        resume: Vec::new(),
        run: streaming_runtime::run::Run::new("tests"),
        chunk_rows: 1000,
        chunk_bytes: 1 << 20,
    }
}

impl Reader {
    pub(crate) async fn open(mut source: Kafka, how: Open<KafkaPosition>) -> Result<Self, SourceError> {
        source.open(how).await?;
        Ok(Self {
            source,
            labels: BTreeMap::new(),
            caught_up: BTreeSet::new(),
            read: Vec::new(),
            next: BTreeMap::new(),
            lag: BTreeMap::new(),
            begun: BTreeMap::new(),
            ended: false,
            keep: None,
        })
    }

    /// Reads to the end of what is there, commits, and leaves: what was read, sorted.
    pub(crate) async fn all(source: Kafka) -> Result<Vec<Read>, SourceError> {
        let mut reader = Self::open(source, how(true)).await?;
        let result = reader.until(|reader| reader.ended).await;
        reader.commit().await;
        let mut read = std::mem::take(&mut reader.read);
        reader.close().await;
        read.sort();
        result.map(|()| read)
    }

    pub(crate) async fn until(&mut self, enough: impl Fn(&Self) -> bool) -> Result<(), SourceError> {
        while !enough(self) {
            assert!(!self.ended, "nothing more will come: {:?}", self.read);
            let event = tokio::time::timeout(PATIENCE, self.source.next()).await;
            self.take(event.expect("an event in time")?);
        }
        Ok(())
    }

    fn take(&mut self, event: Event<KafkaChunk, KafkaPosition>) {
        match event {
            Event::Added { partition, label } => {
                assert!(!self.labels.values().any(|other| *other == label), "{label} twice");
                assert!(self.labels.insert(partition, label).is_none(), "a number twice");
            }
            Event::Removed { partition } => {
                let label = self.labels.remove(&partition).expect("added before");
                self.caught_up.remove(&label);
                // What was read of it is still to be committed.
            }
            Event::Chunk(fetched) => {
                self.take_chunk(&fetched);
                if let Some(keep) = &mut self.keep {
                    keep.push(fetched.chunk);
                }
            }
            Event::CaughtUp { partition } => {
                self.caught_up.insert(self.labels[&partition].clone());
            }
            Event::Moved { partition, next } => {
                self.begun.insert(self.labels[&partition].clone(), next.offset);
            }
            Event::Ended => self.ended = true,
            other => unreachable!("one source is read: {other:?}"),
        }
    }

    fn take_chunk(&mut self, fetched: &Fetched<KafkaChunk, KafkaPosition>) {
        let label = &self.labels[&fetched.partition];
        let mut rows = 0;
        for (meta, payload) in fetched.chunk.payloads() {
            assert_eq!(*label, meta.place());
            assert_eq!(Kafka::offset(&fetched.chunk, rows), Meta::offset(&meta));
            rows += 1;
            let value = String::from_utf8(payload.to_vec()).expect("text");
            self.read.push((label.clone(), Meta::offset(&meta), value));
        }
        assert_eq!(rows, fetched.rows);
        assert_eq!(
            Some(fetched.next.offset.unsigned_abs() - 1),
            self.read.last().map(|(_, offset, _)| *offset)
        );
        self.next.insert(fetched.partition, fetched.next.clone());
        self.lag.extend(fetched.lag.map(|lag| (label.clone(), lag)));
    }

    /// Commits what was read, as if a batch were written.
    pub(crate) async fn commit(&mut self) {
        let positions = self.positions();
        self.source.commit(&positions).await.expect("committed");
        self.next.clear();
    }

    /// The positions that the open batch has reached, by the numbers of partitions.
    pub(crate) fn positions(&self) -> Vec<(u32, KafkaPosition)> {
        self.next.iter().map(|(number, next)| (*number, next.clone())).collect()
    }

    /// Puts what was read into the transaction of the run's sinks.
    pub(crate) async fn enlist(&mut self) -> Result<(), SourceError> {
        let positions = self.positions();
        self.source.enlist(&positions).await
    }

    pub(crate) async fn close(mut self) {
        self.source.close().await;
    }

    pub(crate) fn values(&self) -> BTreeSet<&str> {
        self.read.iter().map(|(_, _, value)| value.as_str()).collect()
    }

    pub(crate) fn places(&self) -> BTreeSet<String> {
        self.labels.values().cloned().collect()
    }
}

/// Lets two members read by turns, as they have something, until that is enough.
pub(crate) async fn both(a: &mut Reader, b: &mut Reader, enough: impl Fn(&Reader, &Reader) -> bool) {
    while !enough(a, b) {
        let event = async {
            tokio::select! {
                event = a.source.next() => (true, event),
                event = b.source.next() => (false, event),
            }
        };
        let (first, event) = tokio::time::timeout(PATIENCE, event).await.expect("an event in time");
        let event = event.expect("an event");
        if first { a.take(event) } else { b.take(event) }
    }
}
