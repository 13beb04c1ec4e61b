//! Sinks that write in one transaction.

use streaming_runtime::run::Run;
use streaming_runtime::sink::Sink;
use test_services::kafka::{Isolation, Kafka, shared};

use super::instance::{Instance, assert_visible, once, records, sink, visible, visible_now};
use crate::sink::batch;

#[tokio::test]
async fn a_batch_is_visible_whole_or_not_at_all() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("whole", 2).unwrap();
    let mut instance = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
    assert_eq!(instance.decided().await, None);
    instance.prepare(0, &records(0)).await.unwrap();
    assert_eq!(kafka.read_all(&topic, Isolation::ReadUncommitted).unwrap().len(), 50);
    assert_eq!(visible_now(kafka, &topic), once([]));
    instance.commit(0).await.unwrap();
    assert_eq!(visible(kafka, &topic), once([0]));
    assert_eq!(instance.decided().await, Some(0));

    instance.prepare(1, &records(1)).await.unwrap();
    instance.abort(1).await;
    assert_eq!(visible(kafka, &topic), once([0]));
    assert_eq!(instance.decided().await, Some(0));

    // A batch without output is one, too.
    instance.write(1, &[]).await.unwrap();
    assert_eq!(instance.decided().await, Some(1));
    instance.write(2, &records(2)).await.unwrap();
    // Asked again, it has been done.
    instance.commit(2).await.unwrap();
    assert_eq!(visible(kafka, &topic), once([0, 2]));
    instance.close().await;

    let mut successor = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
    assert_eq!(successor.decided().await, Some(2), "the marker survives");
    successor.close().await;
}

#[tokio::test]
async fn sinks_of_a_run_commit_together() {
    let kafka = shared().unwrap();
    let [a, b] = ["first", "second"].map(|prefix| kafka.fresh_topic(prefix, 1).unwrap());
    let mut instance = Instance::open(kafka, &a, &[&a, &b]).await.unwrap();
    instance.write(0, &records(0)).await.unwrap();
    let error = {
        let sink = &mut instance.sinks[0];
        sink.prepare(&batch(1), Vec::new()).await.unwrap();
        sink.commit(&batch(1)).await.unwrap_err().to_string()
    };
    assert_eq!(error, "batch 1 was prepared by 1 of 2 kafka sinks");
    instance.abort(1).await;
    instance.prepare(1, &records(1)).await.unwrap();
    assert_visible(kafka, &a, &once([0])).await;
    assert_visible(kafka, &b, &once([0])).await;
    // The first that is asked commits for all.
    instance.sinks[1].commit(&batch(1)).await.unwrap();
    assert_eq!((visible(kafka, &a), visible(kafka, &b)), (once([0, 1]), once([0, 1])));
    instance.sinks[0].commit(&batch(1)).await.unwrap();
    instance.close().await;
    // The marker is found as long as one of the topics is written to.
    let mut successor = Instance::open(kafka, &a, &[&b]).await.unwrap();
    assert_eq!(successor.decided().await, Some(1));
    successor.close().await;
}

#[tokio::test]
async fn one_transaction_cannot_span_producers() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("span", 1).unwrap();
    let run = Run::checkpointed("tests", &topic, false);
    let mut first = sink(kafka, &topic);
    first.open(&run).await.unwrap();
    let error = sink(kafka, &topic)
        .config("compression.type", "lz4")
        .open(&run)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("give all kafka sinks the same `.brokers(…)` and `.config(…)`"),
        "{error}"
    );
    first.close().await;
}

#[tokio::test]
async fn what_a_transaction_needs_is_said() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("needs", 1).unwrap();
    let run = || Run::checkpointed("tests", &topic, false);
    let mut long = sink(kafka, &topic).config("transaction.timeout.ms", 3_600_000);
    let error = long.open(&run()).await.unwrap_err().to_string();
    assert!(
        error.contains("`transaction.timeout.ms` (3600000) is larger than the brokers' `transaction.max.timeout.ms`"),
        "{error}"
    );
    let error = sink(kafka, "no-such-topic").open(&run()).await.unwrap_err().to_string();
    assert!(error.contains("there is no such topic"), "{error}");
    // What the brokers do not take fails the batch at once, and the next one is written.
    let mut instance = Instance::open(kafka, &topic, &[]).await.unwrap();
    let mut sink = sink(kafka, &topic).config("message.max.bytes", 4_000_000);
    sink.open(&instance.run).await.unwrap();
    instance.sinks.push(sink);
    let error = instance
        .prepare(0, &["x".repeat(3_000_000)])
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("too large for topic"), "{error}");
    // The topic takes less than it did when the sink was opened: a record at a time.
    kafka.set_topic(&topic, "max.message.bytes", "600").unwrap();
    let error = instance.prepare(0, &["x".repeat(3000)]).await.unwrap_err().to_string();
    assert!(
        error.contains("a record of 3000 bytes is larger than the topic's `max.message.bytes`"),
        "{error}"
    );
    instance.abort(0).await;
    instance.write(0, &records(0)).await.unwrap();
    assert_eq!(visible(kafka, &topic), once([0]));
    instance.close().await;
}

/// The broker goes while a transaction is open, once before it is to be committed and once at that moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_survives_its_broker() {
    let mut brokers = Kafka::start().unwrap();
    brokers.create_topic("out", 2).unwrap();
    let mut instance = Instance::open(&brokers, "7", &["out"]).await.unwrap();
    instance.write(0, &records(0)).await.unwrap();
    instance.prepare(1, &records(1)).await.unwrap();
    brokers.kill().unwrap();
    brokers.restart().unwrap();
    instance.commit(1).await.unwrap();
    instance.prepare(2, &records(2)).await.unwrap();
    brokers.kill().unwrap();
    let committing = tokio::spawn(async move {
        let result = instance.commit(2).await;
        (instance, result)
    });
    brokers.restart().unwrap();
    let (mut instance, result) = committing.await.unwrap();
    result.unwrap();
    instance.write(3, &records(3)).await.unwrap();
    assert_eq!(instance.decided().await, Some(3));
    instance.close().await;
    assert_eq!(visible(&brokers, "out"), once(0..4));
}
