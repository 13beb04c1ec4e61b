//! Offsets that move together with the output.

use std::sync::Arc;

use streaming_runtime::run::Run;
use streaming_runtime::source::kafka::{Kafka as Source, KafkaPosition};
use streaming_runtime::source::{Open, kafka};
use test_services::kafka::{Kafka, Message, shared};

use super::instance::{Instance, visible, visible_now};
use crate::reader::{Reader, both, how, source};

/// An instance that copies a topic.
struct Copy {
    instance: Instance,
    reader: Reader,
    batch: u64,
    /// How much of what was read is written.
    written: usize,
}

/// How a source is opened that goes on from a checkpoint with state.
fn with_state(instance: &Instance, topic: &str, position: i64) -> Open<KafkaPosition> {
    let mut open = open(&instance.run);
    open.resume = vec![(format!("{topic}/0"), position.into())];
    open
}

fn open(run: &Arc<Run>) -> Open<KafkaPosition> {
    let mut open = how(false);
    open.run = Arc::clone(run);
    open
}

impl Copy {
    async fn open(kafka: &Kafka, id: &str, input: &str, output: &str) -> Self {
        Self::open_with(kafka, id, source(kafka, input, input), output).await
    }

    async fn open_with(kafka: &Kafka, id: &str, source: Source, output: &str) -> Self {
        let mut instance = Instance::open(kafka, id, &[output]).await.unwrap();
        let batch = instance.decided().await.map_or(0, |last| last + 1);
        let reader = Reader::open(source, open(&instance.run)).await.unwrap();
        Self {
            instance,
            reader,
            batch,
            written: 0,
        }
    }

    /// Up to the decision.
    async fn prepare(&mut self) {
        let values = self.reader.read[self.written..].iter();
        let records: Vec<_> = values.map(|(_, _, value)| value.clone()).collect();
        self.reader.enlist().await.unwrap();
        self.instance.prepare(self.batch, &records).await.unwrap();
    }

    async fn write(&mut self) {
        self.prepare().await;
        self.instance.commit(self.batch).await.unwrap();
        self.wrote().await;
    }

    /// The source is told.
    async fn wrote(&mut self) {
        self.reader.commit().await;
        self.written = self.reader.read.len();
        self.batch += 1;
    }

    async fn close(self) {
        self.reader.close().await;
        self.instance.close().await;
    }
}

fn produce(kafka: &Kafka, topic: &str, numbers: std::ops::Range<i32>) {
    let of = |n: i32| Message::new(format!("{n:04}")).partition(n % 4);
    kafka.produce(topic, numbers.map(of)).unwrap();
}

fn numbers(numbers: std::ops::Range<i32>) -> Vec<String> {
    numbers.map(|n| format!("{n:04}")).collect()
}

fn committed(kafka: &Kafka, topic: &str) -> i64 {
    let offsets = kafka.committed(topic, topic).unwrap();
    offsets.iter().map(|(_, offset)| offset).sum()
}

#[tokio::test]
async fn offsets_and_output_move_together() {
    let kafka = shared().unwrap();
    let [input, output] = ["in", "out"].map(|prefix| kafka.fresh_topic(prefix, 4).unwrap());
    produce(kafka, &input, 0..100);
    let mut copy = Copy::open(kafka, &input, &input, &output).await;
    copy.reader.until(|reader| reader.read.len() == 100).await.unwrap();
    copy.prepare().await;
    assert_eq!(visible_now(kafka, &output).len(), 0);
    // It dies here. The group does not wait for a member that has gone.
    copy.reader.close().await;
    drop(copy.instance);

    let mut copy = Copy::open(kafka, &input, &input, &output).await;
    copy.reader.until(|reader| reader.read.len() == 100).await.unwrap();
    copy.prepare().await;
    copy.instance.commit(copy.batch).await.unwrap();
    // With the output, not when the source is told.
    assert_eq!(visible(kafka, &output), numbers(0..100));
    assert_eq!(committed(kafka, &input), 100);
    copy.wrote().await;
    produce(kafka, &input, 100..150);
    copy.reader.until(|reader| reader.read.len() == 150).await.unwrap();
    copy.prepare().await;
    copy.instance.abort(copy.batch).await;
    assert_eq!(committed(kafka, &input), 100);
    copy.write().await;
    assert_eq!(visible(kafka, &output), numbers(0..150));
    assert_eq!(committed(kafka, &input), 150);
    copy.close().await;
}

#[tokio::test]
async fn a_checkpoint_that_is_behind_its_group_is_an_old_copy() {
    let kafka = shared().unwrap();
    let [input, output] = ["ahead", "out"].map(|prefix| kafka.fresh_topic(prefix, 1).unwrap());
    kafka
        .produce(&input, (0..10).map(|n| Message::new(format!("{n}"))))
        .unwrap();
    let mut copy = Copy::open(kafka, &input, &input, &output).await;
    copy.reader.until(|reader| reader.read.len() == 10).await.unwrap();
    copy.write().await;
    copy.close().await;
    let instance = Instance::with_state(kafka, &input, &[&output]).await.unwrap();
    let from = with_state(&instance, &input, 4);
    let error = Reader::open(source(kafka, &input, &input), from)
        .await
        .err()
        .expect("refused")
        .to_string();
    assert!(
        error.contains("up to offset 4, but the group") && error.contains("has committed 10"),
        "{error}"
    );
    // Where it is not, the checkpoint counts.
    let from = with_state(&instance, &input, 11);
    kafka.produce(&input, ["10", "11"]).unwrap();
    let mut reader = Reader::open(source(kafka, &input, &input), from).await.unwrap();
    reader.until(|reader| !reader.read.is_empty()).await.unwrap();
    assert_eq!(reader.values(), ["11"].into());
    reader.close().await;
    instance.close().await;
    // Without state the group counts, whatever the checkpoint says.
    let instance = Instance::open(kafka, &input, &[&output]).await.unwrap();
    let from = with_state(&instance, &input, 4);
    let mut reader = Reader::open(source(kafka, &input, &input), from).await.unwrap();
    reader.until(|reader| reader.read.len() == 2).await.unwrap();
    assert_eq!(reader.values(), ["10", "11"].into());
    reader.close().await;
    instance.close().await;
}

#[tokio::test]
async fn a_pipeline_that_keeps_state_reads_all_partitions() {
    let kafka = shared().unwrap();
    let [input, output] = ["state", "out"].map(|prefix| kafka.fresh_topic(prefix, 4).unwrap());
    let instance = Instance::with_state(kafka, &input, &[&output]).await.unwrap();
    let mut reader = Reader::open(source(kafka, &input, &input), open(&instance.run))
        .await
        .unwrap();
    reader.until(|reader| reader.labels.len() == 4).await.unwrap();
    let second = Instance::with_state(kafka, &format!("{input}-2"), &[&output])
        .await
        .unwrap();
    let other = Reader::open(source(kafka, &input, &input), open(&second.run))
        .await
        .unwrap();
    let error = reader.until(|_| false).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("another instance of this pipeline has taken over"),
        "{error}"
    );
    reader.close().await;
    other.close().await;
    instance.close().await;
    second.close().await;
}

/// What is in flight of a partition that another member is to have is written before that member begins.
#[tokio::test]
async fn partitions_change_hands_without_loss_or_repetition() {
    let older = |source: Source| source.config("partition.assignment.strategy", "range");
    let kafka_ = shared().unwrap();
    hand_over(kafka_, |topic| source(kafka_, topic, topic)).await;
    hand_over(kafka_, |topic| older(source(kafka_, topic, topic))).await;
    hand_over(kafka_, |topic| {
        let source = kafka(topic).brokers(kafka_.bootstrap()).group(topic);
        source.config("group.protocol", "consumer")
    })
    .await;
}

async fn hand_over(kafka: &Kafka, source: impl Fn(&str) -> Source) {
    let [input, output] = ["hands", "out"].map(|prefix| kafka.fresh_topic(prefix, 4).unwrap());
    produce(kafka, &input, 0..200);
    let id = |member: &str| format!("{input}-{member}");
    let mut a = Copy::open_with(kafka, &id("a"), source(&input), &output).await;
    a.reader.until(|reader| reader.read.len() == 200).await.unwrap();
    // All of it is in flight when the second member comes.
    let mut b = Copy::open_with(kafka, &id("b"), source(&input), &output).await;
    a.reader.until(|reader| reader.labels.len() < 4).await.unwrap();
    produce(kafka, &input, 200..400);
    a.write().await;
    let enough = |a: &Reader, b: &Reader| a.read.len() + b.read.len() >= 400 && b.labels.len() == 2;
    both(&mut a.reader, &mut b.reader, enough).await;
    a.write().await;
    b.write().await;
    assert_eq!(visible(kafka, &output), numbers(0..400));
    assert_eq!(committed(kafka, &input), 400);
    a.close().await;
    b.close().await;
}
