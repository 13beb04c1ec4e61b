//! Offsets that no record stands at.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use test_services::kafka::shared;

use crate::reader::{Reader, how, source};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn aborted_records_and_marks_are_not_read() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("transactions", 1).unwrap();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", kafka.bootstrap())
        .set("transactional.id", &topic);
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    let send = |values: &[&str]| {
        producer.begin_transaction().unwrap();
        for value in values {
            producer.send(BaseRecord::<(), str>::to(&topic).payload(value)).unwrap();
        }
        producer.flush(PATIENCE).unwrap();
    };
    send(&["a", "b"]);
    producer.commit_transaction(PATIENCE).unwrap();
    send(&["never"]);
    producer.abort_transaction(PATIENCE).unwrap();
    send(&["c"]);
    producer.commit_transaction(PATIENCE).unwrap();
    send(&["never", "never"]);
    producer.abort_transaction(PATIENCE).unwrap();

    // It ends although the last offsets hold nothing that is for it.
    let read = Reader::all(source(kafka, &topic, &topic)).await.unwrap();
    let read: Vec<_> = read
        .iter()
        .map(|(_, offset, value)| (*offset, value.as_str()))
        .collect();
    assert_eq!(read, [(0, "a"), (1, "b"), (5, "c")]);
    assert_eq!(kafka.committed(&topic, &topic).unwrap(), [(0, 6)]);

    // Nor does a run that does not end wait for more than what it can have.
    let mut reader = Reader::open(source(kafka, &topic, &topic), how(false)).await.unwrap();
    reader.until(|reader| reader.caught_up.len() == 1).await.unwrap();
    send(&["open"]);
    let bounded = Reader::all(source(kafka, &topic, "another")).await.unwrap();
    assert_eq!(bounded.len(), 3, "a transaction that is open is not waited for");
    producer.commit_transaction(PATIENCE).unwrap();
    reader.until(|reader| reader.values().contains("open")).await.unwrap();
    reader.close().await;
}
