//! The test bench: what goes from Kafka to Kafka.

use streaming_runtime::sink::kafka::Message as Out;
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::{Checkpoint, Message, Step, messages};

stream_pipeline!(
    fn copies() {
        settings(brokers = "no broker");
        let rows = kafka(["a", "b"]);
        let copies = rows.map(|message| {
            let copy = match message.payload() {
                Some(payload) => Out::new(payload),
                None => Out::default(),
            };
            let from = format!("{}/{}@{}", message.topic(), message.partition(), message.offset());
            copy.key(message.key().unwrap_or(b"none")).header("from", from)
        });
        copies.to(kafka("out"));
    }
);

fn from(place: &str) -> (String, Option<Vec<u8>>) {
    ("from".to_owned(), Some(place.into()))
}

#[test]
fn messages_keep_their_keys_headers_and_places() {
    let mut driver = copies().test();
    driver.push(
        "rows",
        messages([Message::new("1").key("k"), Message::tombstone("gone")]),
    );
    driver.push_to("rows", 2, "text");
    driver.tick();
    driver.push("rows", "later");
    driver.tick();
    let output = driver.output("copies.kafka");
    let found: Vec<_> = output
        .messages()
        .iter()
        .map(|m| (m.key.as_deref(), m.value.as_deref(), m.headers.clone()))
        .collect();
    let some = |text: &'static str| Some(text.as_bytes());
    assert_eq!(
        found,
        [
            (some("k"), some("1"), vec![from("a/0@0")]),
            (some("gone"), None, vec![from("a/0@1")]),
            (some("none"), some("text"), vec![from("a/2@0")]),
            (some("none"), some("later"), vec![from("a/0@2")]),
        ]
    );
}

#[test]
fn the_transaction_of_kafka_decides() {
    for step in Step::OF_A_BATCH {
        let mut driver = copies().test_with(Checkpoint::temporary());
        for row in ["1", "2"] {
            driver.push("rows", row);
            driver.crash_at(step);
            driver.tick();
            let written = driver.output("copies.kafka").text().contains(&row.to_owned());
            assert_eq!(written, step >= Step::Decided, "{step}");
            driver = driver.restart(copies());
            driver.tick();
        }
        assert_eq!(driver.output("copies.kafka").text(), ["1", "2"], "{step}");
    }
}

stream_pipeline!(
    fn both() {
        settings(brokers = "no broker");
        let left = kafka("l");
        let right = kafka("r");
        let rows = union(left, right).map(|message| format!("{}/{}", message.topic(), message.partition()));
        rows.print();
    }
);

#[test]
fn sources_behind_a_union_keep_their_partitions() {
    let mut driver = both().test_with(Checkpoint::temporary());
    driver.push_to("left", 3, "x");
    driver.push_to("right", 1, "x");
    driver.crash_at(Step::Computed);
    driver.tick();
    let mut driver = driver.restart(both());
    driver.tick();
    assert_eq!(driver.output("rows.print").sorted(), ["l/3", "r/1"]);
}

/// A record that is larger than its topic takes is not sent, and the others are.
#[test]
fn a_message_that_is_too_large_is_set_aside() {
    let pipeline = stream_pipeline!({
        settings(brokers = "no broker");
        let lines = kafka("lines").lines();
        let sized = lines.map(|line| (line.len(), line.to_owned()));
        sized.to(kafka("out")
            .config("message.max.bytes", 1_000)
            .key(|sized| sized.0.to_string())
            .json()
            .on_error(dead_letter(files("dead").jsonl())));
        sized.to(kafka("short").config("message.max.bytes", 1_000).json().on_error(skip));
    });
    let mut driver = pipeline.test();
    let long = "x".repeat(2_000);
    driver.push(
        "lines",
        messages([
            Message::new("a").key("k"),
            Message::new(long).key("l"),
            Message::new("b"),
        ]),
    );
    driver.finish();
    assert_eq!(driver.output("sized.kafka").text(), [r#"[1,"a"]"#, r#"[1,"b"]"#]);
    let letters = driver.output("sized.errors.files").text();
    assert_eq!(letters.len(), 1);
    assert!(
        letters[0].contains(r#""place":"lines/0","offset":1,"key":"l""#),
        "{letters:?}"
    );
    assert!(
        letters[0].contains("is too large for topic `out`: the limit is 1000 bytes"),
        "{letters:?}"
    );
    let progress = driver.progress().unwrap();
    assert_eq!(
        (progress.used, progress.dead_lettered, progress.skipped),
        (2, 1, 0),
        "once, as the worst of it"
    );
    assert_eq!(progress.sinks.iter().map(|sink| sink.rows).sum::<u64>(), 2 + 1 + 2);
}
