//! What positions and offsets belong to: a topic, a group, a checkpoint. Where one of them is another than it was, nothing is guessed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rdkafka::mocking::MockCluster;
use rdkafka::types::RDKafkaApiKey;
use streaming_runtime::progress::BatchProgress;
use streaming_runtime::source::start;
use streaming_runtime::{Trigger, stream_pipeline};
use test_services::kafka::{Isolation, Kafka, Message, Options, shared};

use crate::log::{listen, said};
use crate::reader::{PATIENCE, Reader, how, source};

/// A pipeline that keeps state: writes how many records there were so far, once a batch.
macro_rules! counting {
    ($input:expr, $output:expr, $checkpoint:expr) => {{
        let brokers = shared().unwrap().bootstrap();
        let (input, output, checkpoint) = ($input.as_str(), $output.as_str(), $checkpoint);
        stream_pipeline!({
            settings(name = "counting", checkpoint = checkpoint, batch_interval = 50ms);
            let lines = kafka(input)
                .brokers(brokers)
                .group(input)
                .config("topic.metadata.refresh.interval.ms", 200)
                .lines();
            let counts = lines.key_by(|_| 0_u8).running(unbounded).count();
            counts.map(|(_, n)| n.to_string()).to(kafka(output));
        })
    }};
}

/// One that keeps none: copies.
macro_rules! copying {
    ($brokers:expr, $input:expr, $output:expr, $checkpoint:expr) => {{
        let brokers = $brokers.bootstrap();
        let (input, output, checkpoint) = ($input.as_str(), $output.as_str(), $checkpoint);
        stream_pipeline!({
            settings(name = "copying", checkpoint = checkpoint, batch_interval = 50ms);
            let lines = kafka(input).brokers(brokers).group(input).lines();
            lines.map(|line| line.to_owned()).to(kafka(output));
        })
    }};
}

/// One that writes what the program has: no group knows how far it has come.
macro_rules! writing {
    ($output:expr, $checkpoint:expr) => {{
        let brokers = shared().unwrap().bootstrap();
        let (output, checkpoint) = ($output.as_str(), $checkpoint);
        let values = numbers(0..10);
        stream_pipeline!({
            settings(name = "writing", checkpoint = checkpoint, guarantee = exactly_once);
            let values = memory(values);
            values.map(|value| value.clone()).to(kafka(output).brokers(brokers));
        })
    }};
}

/// One that reads from Kafka and from the program.
macro_rules! mixing {
    ($input:expr, $output:expr, $checkpoint:expr) => {{
        let brokers = shared().unwrap().bootstrap();
        let (input, output, checkpoint) = ($input.as_str(), $output.as_str(), $checkpoint);
        let values = numbers(0..10);
        stream_pipeline!({
            settings(
                name = "mixing",
                checkpoint = checkpoint,
                brokers = brokers,
                guarantee = exactly_once,
            );
            let values = memory(values).map(|value| value.clone());
            let lines = kafka(input).group(input).lines().map(|line| line.to_owned());
            let all = union(values, lines);
            all.to(kafka(output));
        })
    }};
}

/// Runs a pipeline over what is there.
macro_rules! all {
    ($pipeline:expr) => {
        $pipeline.trigger(Trigger::AvailableNow).run().await
    };
}

fn topics() -> [String; 2] {
    ["in", "out"].map(|prefix| shared().unwrap().fresh_topic(prefix, 1).unwrap())
}

fn produce(brokers: &Kafka, topic: &str, numbers: std::ops::Range<u32>) {
    brokers
        .produce(topic, numbers.map(|n| Message::new(format!("{n:02}"))))
        .unwrap();
}

fn written(brokers: &Kafka, topic: &str) -> Vec<String> {
    let records = brokers.read_stable(topic).unwrap();
    records.iter().map(|record| record.text().to_owned()).collect()
}

fn numbers(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| format!("{n:02}")).collect()
}

/// Waits until so many records are committed.
async fn until(brokers: &Kafka, topic: &str, count: usize) {
    let begun = Instant::now();
    while brokers.read_all(topic, Isolation::ReadCommitted).unwrap().len() < count {
        assert!(begun.elapsed() < PATIENCE, "too few records in {topic}");
        tokio::task::yield_now().await;
    }
}

/// How many records were counted at last.
fn counted(topic: &str) -> String {
    written(shared().unwrap(), topic).last().cloned().unwrap_or_default()
}

async fn until_counted(topic: &str, count: &str) {
    let begun = Instant::now();
    while counted(topic) != count {
        assert!(begun.elapsed() < PATIENCE, "not {count}: {}", counted(topic));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_topic_that_was_created_anew_is_refused() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let directory = tempfile::tempdir().unwrap();
    produce(kafka, &input, 0..5);
    all!(counting!(input, output, directory.path())).unwrap();
    kafka.delete_topic(&input).unwrap();
    kafka.create_topic(&input, 1).unwrap();
    produce(kafka, &input, 0..8);
    let error = all!(counting!(input, output, directory.path()))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("topic `{input}` was deleted and created anew")),
        "{error}"
    );
    assert!(error.ends_with("the checkpoint has read the old one"), "{error}");
    assert_eq!(counted(&output), "5");
}

/// Brokers before 2.8 give topics no ids, and those of today do.
#[tokio::test]
async fn what_is_not_noticed_without_ids_is_said_once() {
    listen();
    let old = MockCluster::new(1).unwrap();
    old.apiversion(RDKafkaApiKey::Metadata, Some(0), Some(8)).unwrap();
    old.create_topic("aged", 1, 1).unwrap();
    let aged = streaming_runtime::source::kafka("aged").brokers(old.bootstrap_servers());
    Reader::open(aged, how(false)).await.unwrap().close().await;
    let expected = ["WARN", "give no ids of topics", "deleted and created anew"];
    assert_eq!(said(&[&expected[..], &["`aged`"]].concat()).len(), 1);
    let brokers = shared().unwrap();
    let topic = brokers.fresh_topic("young", 1).unwrap();
    let young = Reader::open(source(brokers, &topic, &topic), how(false)).await.unwrap();
    young.close().await;
    assert_eq!(said(&[&expected[..], &[&topic]].concat()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_created_anew_ends_a_pipeline_that_reads_it() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let directory = tempfile::tempdir().unwrap();
    produce(kafka, &input, 0..5);
    let running = counting!(input, output, directory.path()).start();
    until_counted(&output, "5").await;
    kafka.delete_topic(&input).unwrap();
    kafka.create_topic(&input, 1).unwrap();
    produce(kafka, &input, 0..8);
    let ended = tokio::time::timeout(PATIENCE, running).await.expect("it ends");
    let error = ended.unwrap_err().to_string();
    assert!(error.contains("was deleted"), "{error}");
    assert_eq!(counted(&output), "5");
}

/// Brokers forget the offsets of a group that is away for long.
#[tokio::test]
async fn a_group_without_its_offsets_goes_on_where_the_checkpoint_is() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let directory = tempfile::tempdir().unwrap();
    produce(kafka, &input, 0..10);
    all!(copying!(kafka, input, output, directory.path())).unwrap();
    kafka.delete_group(&input).unwrap();
    produce(kafka, &input, 10..20);
    all!(copying!(kafka, input, output, directory.path())).unwrap();
    assert_eq!(written(kafka, &output), numbers(0..20));
}

/// Brokers forget the transactional id of a producer that writes nothing for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_that_the_brokers_forgot_is_followed_by_a_new_one() {
    let properties = [
        ("transactional.id.expiration.ms", "1000"),
        ("transaction.remove.expired.transaction.cleanup.interval.ms", "200"),
        ("producer.id.expiration.ms", "1000"),
    ];
    let brokers = Kafka::start_with(&Options {
        properties: properties
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Options::default()
    });
    let brokers = brokers.unwrap();
    let [input, output] = ["in", "out"].map(str::to_owned);
    brokers.create_topic(&input, 1).unwrap();
    brokers.create_topic(&output, 1).unwrap();
    let directory = tempfile::tempdir().unwrap();
    produce(&brokers, &input, 0..10);
    let running = copying!(brokers, input, output, directory.path()).start();
    until(&brokers, &output, 10).await;
    // No answer tells when the brokers have forgotten it.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    produce(&brokers, &input, 10..20);
    until(&brokers, &output, 20).await;
    running.stop();
    running.await.unwrap();
    assert_eq!(written(&brokers, &output), numbers(0..20));
}

#[tokio::test]
async fn a_new_directory_beside_a_group_that_has_read_is_refused() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    produce(kafka, &input, 0..10);
    all!(counting!(input, output, first.path())).unwrap();
    produce(kafka, &input, 10..15);
    let error = all!(counting!(input, output, second.path())).unwrap_err().to_string();
    let expected = format!("the group `{input}` has read {input}/0 up to offset 10 with another checkpoint");
    assert!(error.contains(&expected), "{error}");
    assert!(error.contains(".fresh(true)"), "{error}");
    // Nothing was lost: with the first one it goes on.
    all!(counting!(input, output, first.path())).unwrap();
    assert_eq!(counted(&output), "15");
    // Whoever means it begins anew.
    all!(counting!(input, output, second.path()).fresh(true)).unwrap();
    assert_eq!(
        (counted(&output).as_str(), written(kafka, &output).len()),
        ("15", 3),
        "from the beginning"
    );
    // From then on it is not new any more, and the first one is an old copy.
    produce(kafka, &input, 15..16);
    all!(counting!(input, output, second.path()).fresh(true)).unwrap();
    assert_eq!(counted(&output), "16");
    let error = all!(counting!(input, output, first.path())).unwrap_err().to_string();
    assert!(error.contains("old copy"), "{error}");
}

fn count(kafka: &Kafka, topic: &str) -> std::collections::BTreeMap<String, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for value in written(kafka, topic) {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}

/// What other members have read meanwhile is not read again when it comes back to the member that began anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_begins_anew_and_others_read_on_with_it() {
    let kafka = shared().unwrap();
    let [input, output] = ["in", "out"].map(|prefix| kafka.fresh_topic(prefix, 2).unwrap());
    let directories = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let member = |directory: usize| copying!(kafka, input, output, directories[directory].path());
    let produce = |numbers: std::ops::Range<u32>| {
        let messages = numbers.map(|n| Message::new(format!("{n:02}")).partition((n % 2).cast_signed()));
        kafka.produce(&input, messages).unwrap();
    };
    produce(0..10);
    all!(member(0)).unwrap();
    let first = member(1).fresh(true).start();
    until(kafka, &output, 20).await;
    // Another one cannot begin anew beside it.
    let error = all!(member(2).fresh(true)).unwrap_err().to_string();
    assert!(
        error.contains(&format!("the group `{input}` has other members")),
        "{error}"
    );
    // One that does not say so reads on.
    let read = Arc::new(AtomicU64::new(0));
    let reading = Arc::clone(&read);
    let second = member(3).listener(move |batch: &BatchProgress| {
        reading.fetch_add(batch.rows_in, Ordering::Relaxed);
    });
    let second = second.start();
    let mut produced = 10;
    let begun = Instant::now();
    while read.load(Ordering::Relaxed) < 4 {
        assert!(begun.elapsed() < PATIENCE, "the second member reads nothing");
        produce(produced..produced + 2);
        produced += 2;
        until(kafka, &output, 10 + produced as usize).await;
    }
    second.stop();
    second.await.unwrap();
    produce(produced..produced + 4);
    produced += 4;
    until(kafka, &output, 10 + produced as usize).await;
    first.stop();
    first.await.unwrap();
    let twice = (0..10).map(|n| (format!("{n:02}"), 2));
    let once = (10..produced).map(|n| (format!("{n:02}"), 1));
    assert_eq!(count(kafka, &output), twice.chain(once).collect());
}

/// Offsets are committed together with the output, so that the group knows exactly what was written.
#[tokio::test]
async fn without_state_a_new_directory_goes_on_where_the_group_is() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    produce(kafka, &input, 0..10);
    all!(copying!(kafka, input, output, first.path())).unwrap();
    produce(kafka, &input, 10..20);
    all!(copying!(kafka, input, output, second.path())).unwrap();
    assert_eq!(written(kafka, &output), numbers(0..20));
}

/// Whatever the program has would be written again.
#[tokio::test]
async fn a_new_directory_beside_output_that_no_group_knows_of_is_refused() {
    let kafka = shared().unwrap();
    let output = kafka.fresh_topic("out", 2).unwrap();
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    all!(writing!(output, first.path())).unwrap();
    assert_eq!(written(kafka, &output).len(), 10);
    let error = all!(writing!(output, second.path())).unwrap_err().to_string();
    let expected = "holds the batches up to 0 of another checkpoint, but the checkpoint directory";
    assert!(error.contains(expected) && error.contains(".fresh(true)"), "{error}");
    assert_eq!(written(kafka, &output).len(), 10, "nothing is doubled");
    // With the first one it goes on, and there is nothing to do.
    all!(writing!(output, first.path())).unwrap();
    assert_eq!(written(kafka, &output).len(), 10);
    // Whoever means it begins anew, once.
    for _ in 0..2 {
        all!(writing!(output, second.path()).fresh(true)).unwrap();
        assert_eq!(written(kafka, &output).len(), 20);
    }
    all!(writing!(output, second.path())).unwrap();
    assert_eq!(written(kafka, &output).len(), 20);
    let third = tempfile::tempdir().unwrap();
    let error = all!(writing!(output, third.path())).unwrap_err().to_string();
    assert!(error.contains("of another checkpoint"), "{error}");
    // Another topic, or a pipeline of another name, is another matter.
    let other = kafka.fresh_topic("other", 1).unwrap();
    all!(writing!(other, third.path())).unwrap();
    let fourth = tempfile::tempdir().unwrap();
    all!(writing!(output, fourth.path()).name("another")).unwrap();
    assert_eq!((written(kafka, &output).len(), written(kafka, &other).len()), (30, 10));
}

#[tokio::test]
async fn a_new_directory_is_refused_where_not_all_sources_have_a_group() {
    let kafka = shared().unwrap();
    let [input, output] = topics();
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    produce(kafka, &input, 20..25);
    all!(mixing!(input, output, first.path())).unwrap();
    let error = all!(mixing!(input, output, second.path())).unwrap_err().to_string();
    assert!(error.contains("of another checkpoint"), "{error}");
    assert_eq!(written(kafka, &output).len(), 15);
}

/// `start(latest)` is where a pipeline began once, also for partitions in which nothing came until it was stopped.
#[tokio::test]
async fn what_comes_while_a_pipeline_is_down_is_read_whatever_the_start() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("down", 2).unwrap();
    kafka.produce(&topic, [Message::new("before").partition(0)]).unwrap();
    let member = || source(kafka, &topic, &topic).start(start::latest());
    let mut reader = Reader::open(member(), how(false)).await.unwrap();
    reader.until(|reader| reader.caught_up.len() == 2).await.unwrap();
    assert_eq!(reader.begun.values().sum::<i64>(), 1, "{:?}", reader.begun);
    reader.close().await;
    kafka.add_partitions(&topic, 3).unwrap();
    let quiet = Message::new("in a quiet partition").partition(1);
    let added = Message::new("in one that was added").partition(2);
    kafka.produce(&topic, [quiet, added]).unwrap();
    let mut values: Vec<_> = Reader::all(member())
        .await
        .unwrap()
        .into_iter()
        .map(|(_, _, value)| value)
        .collect();
    values.sort();
    assert_eq!(values, ["in a quiet partition", "in one that was added"]);
}
