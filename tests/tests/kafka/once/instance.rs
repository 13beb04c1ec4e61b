//! Drives the sinks of a run as the engine does with a checkpoint, one step at a time.

use std::sync::Arc;
use std::time::Instant;

use streaming_runtime::run::Run;
use streaming_runtime::sink::kafka::{Kafka, Raw, Staged};
use streaming_runtime::sink::{Decided, Encode, Sink, SinkError, kafka};
use test_services::kafka::{self as services, Isolation, Record};

use crate::reader::PATIENCE;
use crate::sink::batch;

/// The sinks of one instance of a pipeline.
pub(super) struct Instance {
    pub(super) run: Arc<Run>,
    pub(super) sinks: Vec<Kafka<Raw>>,
}

/// A sink that finds out soon that brokers are back.
pub(super) fn sink(brokers: &services::Kafka, topic: &str) -> Kafka<Raw> {
    sink_at(brokers.bootstrap(), topic)
}

/// The same, by the address at which brokers are found.
pub(super) fn sink_at(brokers: &str, topic: &str) -> Kafka<Raw> {
    kafka(topic).brokers(brokers).config("reconnect.backoff.max.ms", 200)
}

impl Instance {
    /// An instance of the pipeline with the checkpoint `id` that writes to `topics`.
    pub(super) async fn open(brokers: &services::Kafka, id: &str, topics: &[&str]) -> Result<Self, SinkError> {
        Self::at(brokers.bootstrap(), id, topics).await
    }

    /// The same, by the address at which brokers are found.
    pub(super) async fn at(brokers: &str, id: &str, topics: &[&str]) -> Result<Self, SinkError> {
        Self::of(brokers, Run::checkpointed("tests", id, false), topics).await
    }

    /// An instance of a pipeline that keeps state.
    pub(super) async fn with_state(brokers: &services::Kafka, id: &str, topics: &[&str]) -> Result<Self, SinkError> {
        Self::of(brokers.bootstrap(), Run::checkpointed("tests", id, true), topics).await
    }

    async fn of(brokers: &str, run: Arc<Run>, topics: &[&str]) -> Result<Self, SinkError> {
        let mut sinks = Vec::new();
        for topic in topics {
            let mut sink = sink_at(brokers, topic);
            sink.open(&run).await?;
            sinks.push(sink);
        }
        Ok(Self { run, sinks })
    }

    pub(super) async fn decided(&mut self) -> Option<u64> {
        let mut last = None;
        for sink in &mut self.sinks {
            last = match sink.decided("tests", "sink").await.unwrap() {
                Decided::Batch { batch, .. } => Some(batch),
                _ => None,
            };
        }
        last
    }

    /// Every sink prepares the same records.
    pub(super) async fn prepare(&mut self, number: u64, records: &[String]) -> Result<(), SinkError> {
        for sink in 0..self.sinks.len() {
            self.prepare_one(sink, number, records).await?;
        }
        Ok(())
    }

    /// One of them does.
    pub(super) async fn prepare_one(&mut self, sink: usize, number: u64, records: &[String]) -> Result<(), SinkError> {
        let sink = &mut self.sinks[sink];
        let mut staged = Staged::default();
        for record in records {
            sink.encoder().encode(record, &mut staged)?;
        }
        sink.prepare(&batch(number), vec![staged]).await
    }

    pub(super) async fn commit(&mut self, number: u64) -> Result<(), SinkError> {
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.commit(&batch(number)).await);
        }
        results.into_iter().collect()
    }

    pub(super) async fn abort(&mut self, number: u64) {
        for sink in &mut self.sinks {
            sink.abort(&batch(number)).await;
        }
    }

    pub(super) async fn write(&mut self, number: u64, records: &[String]) -> Result<(), SinkError> {
        self.prepare(number, records).await?;
        self.commit(number).await
    }

    pub(super) async fn close(mut self) {
        for sink in &mut self.sinks {
            sink.close().await;
        }
    }
}

/// The records of a batch.
pub(super) fn records(number: u64) -> Vec<String> {
    (0..50).map(|n| format!("{number}-{n:02}")).collect()
}

/// All records of a topic that are committed, sorted: every one as often as it is there. No transaction may be open.
pub(super) fn visible(brokers: &services::Kafka, topic: &str) -> Vec<String> {
    texts(&brokers.read_stable(topic).unwrap())
}

/// The same as of now, where transactions may be open: what is committed and not yet noted in its partitions is not there.
pub(super) fn visible_now(brokers: &services::Kafka, topic: &str) -> Vec<String> {
    texts(&brokers.read_all(topic, Isolation::ReadCommitted).unwrap())
}

/// Waits until these are visible, where a transaction is open.
pub(super) async fn assert_visible(brokers: &services::Kafka, topic: &str, expected: &[String]) {
    let begun = Instant::now();
    while visible_now(brokers, topic) != expected && begun.elapsed() < PATIENCE {
        tokio::task::yield_now().await;
    }
    assert_eq!(visible_now(brokers, topic), expected);
}

fn texts(records: &[Record]) -> Vec<String> {
    let mut values: Vec<_> = records.iter().map(|record| record.text().to_owned()).collect();
    values.sort();
    values
}

/// The records of these batches, each once.
pub(super) fn once(batches: impl IntoIterator<Item = u64>) -> Vec<String> {
    batches.into_iter().flat_map(records).collect()
}
