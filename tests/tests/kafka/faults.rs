//! Brokers that go and come back.

use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaRespErr;
use streaming_runtime::run::Run;
use streaming_runtime::sink::kafka::Staged;
use streaming_runtime::sink::{Encode, Sink, kafka};
use test_services::kafka::{Isolation, Kafka, Message};

use crate::log::{listen, until_said};
use crate::reader::{PATIENCE, Reader, how, source};
use crate::sink::batch;

fn staged(
    sink: &impl Sink<Staged = Staged, Encoder: for<'a> Encode<&'a String, Staged>>,
    range: std::ops::Range<u32>,
) -> Staged {
    let mut staged = Staged::default();
    for n in range {
        sink.encoder().encode(&format!("{n:03}"), &mut staged).unwrap();
    }
    staged
}

#[tokio::test]
async fn a_broker_that_is_away_for_a_while_costs_nothing() {
    let mut brokers = Kafka::start().unwrap();
    brokers.create_topic("in", 2).unwrap();
    let mut sink = kafka("in")
        .brokers(brokers.bootstrap())
        .config("reconnect.backoff.max.ms", 200);
    sink.open(&Run::new("tests")).await.unwrap();
    let mut reader = Reader::open(source(&brokers, "in", "g"), how(false)).await.unwrap();

    let first = staged(&sink, 0..100);
    sink.prepare(&batch(0), vec![first]).await.unwrap();
    sink.commit(&batch(0)).await.unwrap();
    reader.until(|reader| reader.read.len() == 100).await.unwrap();
    reader.commit().await;

    // Writes of a batch that begins while the broker is away wait for it.
    brokers.kill().unwrap();
    let second = staged(&sink, 100..200);
    sink.prepare(&batch(1), vec![second]).await.unwrap();
    let writing = tokio::spawn(async move {
        let result = sink.commit(&batch(1)).await;
        (sink, result)
    });
    brokers.restart().unwrap();
    let (mut sink, result) = writing.await.unwrap();
    result.unwrap();
    brokers.produce("in", [Message::new("200")]).unwrap();
    reader.until(|reader| reader.values().len() == 201).await.unwrap();
    assert_eq!(reader.read.len(), 201, "nothing twice");
    let expected: Vec<_> = (0..=200).map(|n| format!("{n:03}")).collect();
    assert!(reader.values().into_iter().eq(expected.iter().map(String::as_str)));

    reader.commit().await;
    let committed: i64 = brokers
        .committed("g", "in")
        .unwrap()
        .iter()
        .map(|(_, offset)| offset)
        .sum();
    assert_eq!(committed, 201);
    assert_eq!(brokers.read_all("in", Isolation::ReadCommitted).unwrap().len(), 201);

    // A run that is stopped while the broker is away ends all the same.
    brokers.produce("in", [Message::new("201")]).unwrap();
    reader.until(|reader| reader.values().len() == 202).await.unwrap();
    brokers.kill().unwrap();
    reader.commit().await;
    tokio::time::timeout(PATIENCE, reader.close())
        .await
        .expect("closed in time");
    tokio::time::timeout(PATIENCE, sink.close())
        .await
        .expect("closed in time");
    brokers.restart().unwrap();
    assert_eq!(
        Reader::all(source(&brokers, "in", "g")).await.unwrap().len(),
        1,
        "what was not committed is read again"
    );
}

/// A broker that has just started may not know all topics yet, and the client takes one such answer for the end of the topic.
#[tokio::test]
async fn a_broker_that_does_not_know_a_topic_for_a_moment_costs_nothing() {
    listen();
    let brokers = MockCluster::new(1).unwrap();
    brokers.create_topic("moment", 1, 1).unwrap();
    let address = brokers.bootstrap_servers();
    let producer: BaseProducer = ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
    let produce = |value: &str| {
        producer
            .send(BaseRecord::<str, str>::to("moment").partition(0).payload(value))
            .unwrap();
        producer.flush(PATIENCE).unwrap();
    };
    produce("1");
    let source = streaming_runtime::source::kafka("moment")
        .brokers(&address)
        .group("g")
        .config("heartbeat.interval.ms", 200)
        .config("session.timeout.ms", 6000)
        .config("topic.metadata.refresh.interval.ms", 500)
        .config("topic.metadata.propagation.max.ms", 0);
    let mut reader = Reader::open(source, how(false)).await.unwrap();
    reader.until(|reader| reader.values().contains("1")).await.unwrap();
    let forget = |error| brokers.topic_error("moment", error).unwrap();
    forget(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    let asked = ["there is no such topic", "trying again"];
    tokio::select! {
        () = until_said(&asked) => {}
        read = reader.until(|_| false) => panic!("{read:?}"),
    }
    forget(RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR);
    produce("2");
    reader.until(|reader| reader.values().contains("2")).await.unwrap();
    // For good.
    forget(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    let error = reader.until(|_| false).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert!(
        error
            .to_string()
            .contains("topic `moment` was deleted while it was read"),
        "{error}"
    );
    reader.close().await;
}
