//! The life of a broker, and what tests do with it.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_services::kafka::{Isolation, Kafka, Message, shared};

#[test]
fn a_broker_keeps_its_records_when_killed_and_frees_its_port_when_stopped() {
    let mut kafka = Kafka::start().unwrap();
    kafka.create_topic("orders", 2).unwrap();
    let places = kafka.produce(
        "orders",
        [
            Message::new("a").partition(0).timestamp(1_000).header("h", "1"),
            (Some(1), Some("k"), "b", Some(2_000)).into(),
            Message::tombstone("k").partition(1).timestamp(4_000_000_000_000),
        ],
    );
    assert_eq!(places.unwrap(), [(0, 0), (1, 0), (1, 1)]);

    let before = kafka.read_all("orders", Isolation::ReadCommitted).unwrap();
    assert_eq!(before.len(), 3);
    assert_eq!((before[0].text(), before[0].timestamp), ("a", Some(1_000)));
    assert_eq!(before[0].headers, [("h".to_owned(), Some(b"1".to_vec()))]);
    assert_eq!(before[1].key.as_deref(), Some(b"k".as_slice()));
    assert_eq!((before[2].partition, before[2].offset), (1, 1));
    assert_eq!(before[2].value, None);
    assert_eq!(before[2].timestamp, Some(4_000_000_000_000));

    kafka.kill().unwrap();
    assert!(TcpStream::connect(kafka.bootstrap()).is_err());
    kafka.restart().unwrap();
    let after = kafka.read_all("orders", Isolation::ReadCommitted).unwrap();
    assert_eq!(after, before);
    kafka.add_partitions("orders", 3).unwrap();
    kafka.produce("orders", [Message::new("c").partition(2)]).unwrap();

    kafka.stop().unwrap();
    kafka.stop().unwrap();
    TcpListener::bind(kafka.bootstrap()).unwrap();
    kafka.restart().unwrap();
    let all = kafka.read_all("orders", Isolation::ReadUncommitted).unwrap();
    assert_eq!(all[3].text(), "c");
}

#[test]
fn committed_offsets_are_those_of_the_group() {
    use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
    use rdkafka::{ClientConfig, Offset, TopicPartitionList};

    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("commits", 3).unwrap();
    assert_eq!(kafka.committed("readers", &topic).unwrap(), []);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.bootstrap());
    let consumer: BaseConsumer = config.set("group.id", "readers").create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&topic, 1, Offset::Offset(7)).unwrap();
    consumer.commit(&offsets, CommitMode::Sync).unwrap();
    assert_eq!(kafka.committed("readers", &topic).unwrap(), [(1, 7)]);
    assert_eq!(kafka.committed("others", &topic).unwrap(), []);
}

#[test]
fn only_committed_transactions_are_read() {
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("transactions", 1).unwrap();
    let patience = Duration::from_secs(30);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.bootstrap());
    let producer: BaseProducer = config.set("transactional.id", &topic).create().unwrap();
    producer.init_transactions(patience).unwrap();
    let send = |value: &str| {
        producer.begin_transaction().unwrap();
        producer.send(BaseRecord::<(), str>::to(&topic).payload(value)).unwrap();
        producer.flush(patience).unwrap();
    };
    let read = |isolation| {
        let records = kafka.read_all(&topic, isolation).unwrap();
        records.iter().map(|r| r.text().to_owned()).collect::<Vec<_>>()
    };
    send("committed");
    producer.commit_transaction(patience).unwrap();
    send("aborted");
    producer.abort_transaction(patience).unwrap();
    assert_eq!(read(Isolation::ReadCommitted), ["committed"]);
    send("open");
    assert_eq!(read(Isolation::ReadCommitted), ["committed"]);
    assert_eq!(read(Isolation::ReadUncommitted), ["committed", "aborted", "open"]);
    producer.abort_transaction(patience).unwrap();
}

#[test]
fn many_records_are_written_and_read_in_order() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("many", 2).unwrap();
    let count = 50_000;
    let values = (0..count).map(|i| Message::new(format!("{i}")).partition(i % 2));
    assert_eq!(kafka.produce(&topic, values).unwrap().len(), 50_000);
    let records = kafka.read_all(&topic, Isolation::ReadCommitted).unwrap();
    let read: Vec<i32> = records.iter().map(|r| r.text().parse().unwrap()).collect();
    let expected: Vec<i32> = (0..count).step_by(2).chain((1..count).step_by(2)).collect();
    assert_eq!(read, expected);
}

#[test]
fn errors_name_the_log() {
    let kafka = shared().unwrap();
    let error = kafka.read_all("missing", Isolation::ReadCommitted).unwrap_err();
    let log = kafka.logs().next().unwrap();
    assert!(log.exists());
    assert!(error.to_string().contains(&*log.to_string_lossy()), "{error}");
}

/// The broker of a process that is killed goes with it, and so do its files.
#[test]
fn a_broker_does_not_outlive_its_process() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_kafka"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut bootstrap = String::new();
    let stdout = process.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut bootstrap).unwrap();
    let bootstrap = bootstrap.trim();
    TcpStream::connect(bootstrap).unwrap();
    assert!(has_directory(process.id()));
    process.kill().unwrap();
    process.wait().unwrap();
    let start = Instant::now();
    while TcpStream::connect(bootstrap).is_ok() || has_directory(process.id()) {
        assert!(start.elapsed() < Duration::from_secs(10), "it still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn has_directory(process: u32) -> bool {
    let prefix = format!("streaming-kafka-{process}-");
    let entries = Path::read_dir(&std::env::temp_dir()).unwrap();
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with(&prefix))
}
