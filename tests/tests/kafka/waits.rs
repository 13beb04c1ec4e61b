//! Whoever waits for a broker says for what.

use std::process::Command;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use streaming_runtime::{Trigger, stream_pipeline};
use test_services::kafka::{Kafka, Message, shared};

use crate::log::{listen, said, until_said};
use crate::reader::PATIENCE;

macro_rules! copying {
    ($brokers:expr, $input:expr, $output:expr, $checkpoint:expr) => {{
        let (brokers, input, output) = ($brokers.bootstrap(), $input.as_str(), $output.as_str());
        let checkpoint = $checkpoint;
        stream_pipeline!({
            settings(name = "waiting", checkpoint = checkpoint, brokers = brokers);
            let lines = kafka(input).group(input).lines();
            lines.map(|line| line.to_owned()).to(kafka(output));
        })
    }};
}

/// Has the broker do nothing, or go on.
fn signal(brokers: &Kafka, signal: &str) {
    for pid in brokers.pids() {
        let killed = Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_does_not_answer_at_start_is_told_of() {
    listen();
    let brokers = Kafka::start().unwrap();
    let [input, output] = ["silent-in", "silent-out"].map(str::to_owned);
    brokers.create_topic(&input, 1).unwrap();
    brokers.create_topic(&output, 1).unwrap();
    brokers.produce(&input, [Message::new("1")]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    signal(&brokers, "-STOP");
    let running = copying!(brokers, input, output, directory.path())
        .trigger(Trigger::AvailableNow)
        .start();
    let expected = format!(
        "waiting for brokers of `{}` to describe topic `{output}`",
        brokers.bootstrap()
    );
    until_said(&["INFO", &expected]).await;
    signal(&brokers, "-CONT");
    running.await.unwrap();
    until_said(&["INFO", &format!("no longer {expected}")]).await;
    assert_eq!(brokers.read_stable(&output).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_holds_back_what_a_group_has_committed_is_told_of() {
    listen();
    let kafka = shared().unwrap();
    let [input, output] = ["held-in", "held-out"].map(|prefix| kafka.fresh_topic(prefix, 1).unwrap());
    kafka.produce(&input, [Message::new("1")]).unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.bootstrap());
    let consumer: BaseConsumer = config.clone().set("group.id", &input).create().unwrap();
    let producer: BaseProducer = config
        .set("transactional.id", format!("{input}-left-open"))
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&input, 0, Offset::Offset(1)).unwrap();
    let member = consumer.group_metadata().unwrap();
    producer
        .send_offsets_to_transaction(&offsets, &member, PATIENCE)
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let running = copying!(kafka, input, output, directory.path())
        .trigger(Trigger::AvailableNow)
        .start();
    let expected = format!("to say what the group `{input}` has committed: they wait for the end of a transaction");
    until_said(&["INFO", "waiting for brokers", &expected]).await;
    producer.abort_transaction(PATIENCE).unwrap();
    running.await.unwrap();
    assert_eq!(
        kafka.read_stable(&output).unwrap().len(),
        1,
        "what was aborted does not count"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_not_the_last_one_is_told_of() {
    listen();
    let kafka = shared().unwrap();
    let output = kafka.fresh_topic("two", 1).unwrap();
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let brokers = kafka.bootstrap();
    let write = async |directory: usize| {
        let (output, checkpoint) = (output.as_str(), directories[directory].path());
        let pipeline = stream_pipeline!({
            settings(
                name = "two",
                checkpoint = checkpoint,
                brokers = brokers,
                trigger = available_now,
            );
            memory(["1"]).to(kafka(output));
        });
        pipeline.fresh(true).run().await.unwrap();
    };
    write(0).await;
    write(1).await;
    let expected = format!("another checkpoint of the pipeline `two` has written to topic `{output}` since this one");
    assert_eq!(said(&[&expected]), [""; 0]);
    write(0).await;
    assert_eq!(said(&["WARN", &expected]).len(), 1);
}
