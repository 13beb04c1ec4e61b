//! Brokers that go and come back.

use streaming_runtime::run::Run;
use streaming_runtime::sink::kafka::Staged;
use streaming_runtime::sink::{Encode, Sink, kafka};
use test_services::kafka::{Isolation, Kafka, Message};

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
