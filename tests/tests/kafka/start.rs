//! Where reading begins.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Offset, TopicPartitionList};
use streaming_runtime::source::kafka::Kafka;
use streaming_runtime::source::{kafka, start};
use test_services::kafka::{Message, shared};

use crate::reader::{PATIENCE, Reader, how, source};

/// Two partitions, with the timestamps 1000, 2000, …, 6000 by turns.
fn topic() -> String {
    let topic = shared().unwrap().fresh_topic("start", 2).unwrap();
    let at = |n: i32| {
        Message::new(format!("{n}"))
            .partition((n - 1) % 2)
            .timestamp(i64::from(n) * 1000)
    };
    shared().unwrap().produce(&topic, (1..=6).map(at)).unwrap();
    topic
}

fn of(topic: &str, group: &str) -> Kafka {
    source(shared().unwrap(), topic, &format!("{topic}-{group}"))
}

async fn values(source: Kafka) -> Vec<String> {
    let read = Reader::all(source).await.unwrap();
    let mut values: Vec<_> = read.into_iter().map(|(_, _, value)| value).collect();
    values.sort();
    values
}

#[tokio::test]
async fn a_new_group_starts_where_it_is_told() {
    let topic = topic();
    let at = |name: &str, start| of(&topic, name).start(start);
    let all = ["1", "2", "3", "4", "5", "6"];
    assert_eq!(values(of(&topic, "default")).await, all);
    assert_eq!(values(at("earliest", start::earliest())).await, all);
    assert_eq!(values(at("latest", start::latest())).await, [""; 0]);
    assert_eq!(
        values(at("timestamp", start::timestamp(3000))).await,
        ["3", "4", "5", "6"]
    );
    assert_eq!(values(at("between", start::timestamp(5001))).await, ["6"]);
    assert_eq!(values(at("future", start::timestamp(i64::MAX))).await, [""; 0]);
    assert_eq!(
        values(at("offsets", start::offsets([(0, 2), (1, 1)]))).await,
        ["4", "5", "6"]
    );
}

#[tokio::test]
async fn a_group_goes_on_where_it_committed_whatever_the_start() {
    let topic = topic();
    assert_eq!(values(of(&topic, "g")).await.len(), 6);
    assert_eq!(
        shared().unwrap().committed(&format!("{topic}-g"), &topic).unwrap(),
        [(0, 3), (1, 3)]
    );
    shared()
        .unwrap()
        .produce(&topic, [Message::new("7").partition(0)])
        .unwrap();
    assert_eq!(values(of(&topic, "g").start(start::latest())).await, ["7"]);
    shared()
        .unwrap()
        .produce(&topic, [Message::new("8").partition(1)])
        .unwrap();
    assert_eq!(values(of(&topic, "g").start(start::committed())).await, ["8"]);
}

#[tokio::test]
async fn latest_reads_what_comes_after_the_start() {
    let topic = topic();
    let mut reader = Reader::open(of(&topic, "g").start(start::latest()), how(false))
        .await
        .unwrap();
    reader.until(|reader| reader.caught_up.len() == 2).await.unwrap();
    shared().unwrap().produce(&topic, ["new"]).unwrap();
    reader.until(|reader| !reader.read.is_empty()).await.unwrap();
    assert_eq!(reader.values(), ["new"].into());
    reader.close().await;
}

#[tokio::test]
async fn positions_of_an_earlier_run_come_first() {
    let topic = topic();
    assert_eq!(values(of(&topic, "g")).await.len(), 6);
    let mut open = how(true);
    open.resume = vec![(format!("{topic}/0"), 2.into()), (format!("{topic}/1"), 3.into())];
    let mut reader = Reader::open(of(&topic, "g"), open).await.unwrap();
    reader.until(|reader| reader.ended).await.unwrap();
    assert_eq!(reader.values(), ["5"].into());
    reader.close().await;
}

#[tokio::test]
async fn several_topics_are_one_source() {
    let topics = [topic(), topic()];
    let named = [&topics[0], &topics[1], &topics[0]].map(String::as_str);
    let source = kafka(named).brokers(shared().unwrap().bootstrap()).group(&topics[0]);
    let read = Reader::all(source).await.unwrap();
    for topic in &topics {
        assert_eq!(read.iter().filter(|(place, _, _)| place.starts_with(topic)).count(), 6);
    }
}

#[tokio::test]
async fn what_cannot_be_started_says_what_to_do() {
    let topic = topic();
    let error = Reader::all(of(&topic, "none").start(start::committed()))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("has no committed offset for"), "{error}");
    assert!(error.contains("start(earliest)"), "{error}");

    let brokers = shared().unwrap().bootstrap();
    let error = Reader::all(of("no-such-topic", "g")).await.unwrap_err().to_string();
    let expected = format!("cannot read topic `no-such-topic` from `{brokers}`: there is no such topic: ");
    assert!(error.starts_with(&expected), "{error}");

    let none = kafka(Vec::<String>::new()).brokers(brokers);
    assert!(Reader::all(none).await.unwrap_err().to_string().contains("no topics"));
    let error = Reader::all(kafka("t")).await.unwrap_err().to_string();
    assert!(error.contains(".brokers("), "{error}");
    let error = Reader::all(of(&topic, "g").config("fetch.wait.max", 1))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("fetch.wait.max"), "{error}");
}

#[tokio::test]
async fn brokers_that_are_not_there_are_named() {
    let error = Reader::all(kafka("t").brokers("127.0.0.1:1"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot read topic `t` from `127.0.0.1:1`: no broker answered"),
        "{error}"
    );
}

#[tokio::test]
async fn a_position_that_retention_has_passed_is_an_error() {
    let topic = topic();
    let mut open = how(true);
    open.resume = vec![(format!("{topic}/0"), 1.into()), (format!("{topic}/1"), 3.into())];
    let mut config = ClientConfig::new();
    let admin: AdminClient<DefaultClientContext> = config
        .set("bootstrap.servers", shared().unwrap().bootstrap())
        .create()
        .unwrap();
    let mut before = TopicPartitionList::new();
    before.add_partition_offset(&topic, 0, Offset::Offset(2)).unwrap();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    admin.delete_records(&before, &options).await.unwrap();

    let mut reader = Reader::open(of(&topic, "g"), open).await.unwrap();
    let error = reader.until(|reader| reader.ended).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot read {topic}/0 from offset 1")),
        "{error}"
    );
    assert!(
        error.contains("the oldest record still there is 2, so 1 are lost"),
        "{error}"
    );
    reader.close().await;

    let mut open = how(true);
    open.resume = vec![(format!("{topic}/1"), 99.into())];
    let mut reader = Reader::open(of(&topic, "h"), open).await.unwrap();
    let error = reader
        .until(|reader| reader.caught_up.len() == 2)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("it ends at 3"), "{error}");
    reader.close().await;
}
