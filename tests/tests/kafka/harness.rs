//! The sink and the source in the public harness.

use streaming_runtime::sink::kafka;
use streaming_runtime::source::kafka::KafkaChunk;
use streaming_runtime::source::{self, Payloads};
use streaming_runtime::testing::{SinkHarness, SourceHarness};
use test_services::kafka::{Isolation, Message, shared};

fn topic() -> String {
    shared().unwrap().fresh_topic("harness", 2).unwrap()
}

#[test]
fn what_is_sent_is_there_once() {
    let kafka_ = shared().unwrap();
    let sink = |topic: &String| kafka(topic).brokers(kafka_.bootstrap());
    let visible = async |topic: &String| {
        let records = kafka_.read_all(topic, Isolation::ReadCommitted).unwrap();
        records.into_iter().map(|record| record.text().to_owned()).collect()
    };
    let harness = SinkHarness::new(async || topic(), sink, visible);
    let batches = [vec!["a", "b", "c"], vec!["d"]];
    let report = harness.check(&batches, |records| {
        records.iter().map(|&record| record.to_owned()).collect()
    });
    report.assert();
}

#[test]
fn what_is_read_is_read_once() {
    let kafka = shared().unwrap();
    let world = async || {
        let topic = topic();
        kafka
            .produce(&topic, (0..4).map(|n| Message::new(n.to_string())))
            .unwrap();
        topic
    };
    let source = |topic: &String| {
        source::kafka(topic.as_str())
            .brokers(kafka.bootstrap())
            .group(topic.as_str())
    };
    let records = |chunk: &KafkaChunk| {
        let payloads = chunk.payloads().map(|(_, payload)| payload);
        payloads
            .map(|payload| str::from_utf8(payload).unwrap().to_owned())
            .collect()
    };
    let expected: Vec<String> = (0..4).map(|n: u32| n.to_string()).collect();
    SourceHarness::new(world, source, records).check(&expected).assert();
}
