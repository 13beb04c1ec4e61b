//! Whole pipelines from topic to topic.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use streaming_runtime::{Trigger, stream_pipeline};
use test_services::kafka::{Isolation, Kafka, Message, Record, shared};

#[derive(Debug, Deserialize)]
struct Order {
    user: String,
    amount: u64,
    ts: i64,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Total {
    user: String,
    from: i64,
    n: u64,
    sum: u64,
}

fn topics<const N: usize>(prefixes: [&str; N]) -> [String; N] {
    prefixes.map(|prefix| shared().unwrap().fresh_topic(prefix, 2).unwrap())
}

fn all(topic: &str) -> Vec<Record> {
    shared().unwrap().read_stable(topic).unwrap()
}

/// Orders of three users, 100 ms apart, and what they add up to in windows of a second.
fn orders(count: usize) -> (Vec<Message>, BTreeSet<Total>) {
    let mut totals = BTreeMap::new();
    let messages = (0..count).map(|n| {
        let (user, amount, ts) = (["ada", "bob", "eve"][n % 3], n as u64 % 7, n.cast_signed() as i64 * 100);
        let (count, sum) = totals.entry((user, ts / 1000 * 1000)).or_insert((0, 0));
        *count += 1;
        *sum += amount;
        Message::new(format!(r#"{{"user":"{user}","amount":{amount},"ts":{ts}}}"#)).key(user)
    });
    let messages = messages.collect();
    let total = |((user, from), (n, sum)): ((&str, i64), (u64, u64))| Total {
        user: user.to_owned(),
        from,
        n,
        sum,
    };
    (messages, totals.into_iter().map(total).collect())
}

#[tokio::test]
async fn windows_of_json_orders_and_what_is_not_an_order() {
    let [input, output, letters] = topics(["orders", "totals", "letters"]);
    let (messages, expected) = orders(300);
    shared().unwrap().produce(&input, messages).unwrap();
    let bad = [
        Message::new("{").key("k").timestamp(7).partition(1),
        Message::new(r#"{"user":1}"#).partition(0),
    ];
    let places = shared().unwrap().produce(&input, bad).unwrap();
    let brokers = shared().unwrap().bootstrap();

    let pipeline = stream_pipeline!({
        settings(name = "windows-test");
        let orders = kafka(&input)
            .brokers(brokers)
            .json::<Order>()
            .on_error(dead_letter(kafka(&letters)))
            .event_time(|o| o.ts, max_delay = 1s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1s)).agg(Total {
            user: key(),
            from: window_start(),
            n: count(),
            sum: sum(|o| o.amount),
        });
        totals.to(kafka(&output).key(|t| t.user.as_str()).json());
    });
    let summary = pipeline.trigger(Trigger::AvailableNow).run().await.unwrap();
    assert_eq!(summary.rows_in, 302);

    let written = all(&output);
    let totals: BTreeSet<Total> = written
        .iter()
        .map(|record| serde_json::from_str(record.text()).unwrap())
        .collect();
    assert_eq!(totals, expected);
    assert_eq!(written.len(), expected.len(), "every window once");
    for record in &written {
        let total: Total = serde_json::from_str(record.text()).unwrap();
        assert_eq!(record.key.as_deref(), Some(total.user.as_bytes()));
    }

    let letters = all(&letters);
    assert_eq!(letters.len(), 2);
    for (value, place) in ["{", r#"{"user":1}"#].into_iter().zip(places) {
        let letter = letters.iter().find(|letter| letter.text() == value).expect("a letter");
        let headers: BTreeMap<_, _> = letter
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8(value.clone().unwrap()).unwrap()))
            .collect();
        assert_eq!(headers["place"], format!("{input}/{}", place.0));
        assert_eq!(headers["offset"], place.1.to_string());
        assert_eq!(headers["source"], "orders");
        assert!(
            headers["error"].contains("cannot decode JSON into `Order`"),
            "{headers:?}"
        );
    }
    let letter = letters.iter().find(|letter| letter.text() == "{").expect("a letter");
    assert_eq!(letter.key.as_deref(), Some(&b"k"[..]));
    let timestamp = ("timestamp".to_owned(), Some(b"7".to_vec()));
    assert!(letter.headers.contains(&timestamp), "{:?}", letter.headers);

    // The group is named after the pipeline, and stands behind what was written.
    let committed: i64 = shared()
        .unwrap()
        .committed("windows-test", &input)
        .unwrap()
        .iter()
        .map(|(_, o)| o)
        .sum();
    assert_eq!(committed, 302);
}

#[tokio::test]
async fn closures_see_key_headers_and_timestamp() {
    let [input, output] = topics(["raw", "seen"]);
    let messages = [
        Message::new("a").key("k").header("keep", "yes").timestamp(1000),
        Message::new("b").key("k").timestamp(2000),
        Message::new("c").header("keep", "also").timestamp(3000),
    ];
    shared().unwrap().produce(&input, messages).unwrap();
    let brokers = shared().unwrap().bootstrap();
    let group = format!("{input}-group");
    let pipeline = stream_pipeline!({
        let messages = kafka(&input).brokers(brokers).group(&group);
        let kept = messages.filter(|m| m.header("keep").is_some());
        let told = kept.map(|m| format!("{:?} {:?} {}", m.key().is_some(), m.timestamp(), m.topic().len()));
        told.to(kafka(&output));
    });
    pipeline.trigger(Trigger::AvailableNow).run().await.unwrap();
    let length = input.len();
    let mut told: Vec<_> = all(&output).iter().map(|record| record.text().to_owned()).collect();
    told.sort();
    assert_eq!(
        told,
        [
            format!("false Some(3000) {length}"),
            format!("true Some(1000) {length}")
        ]
    );
}

#[tokio::test]
async fn decoded_records_come_with_what_is_known_of_the_message() {
    let [input, output] = topics(["decoded", "known"]);
    let message = Message::new("a").partition(1).key("k").header("h", "x").timestamp(1000);
    shared().unwrap().produce(&input, [message]).unwrap();
    let brokers = shared().unwrap().bootstrap();
    let group = format!("{input}-group");
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let lines = kafka(&input).brokers(brokers).group(&group).lines();
        let known = lines.map(|line, meta| {
            let header = meta.header("h").map(<[u8]>::len);
            format!(
                "{line} {} {} {:?} {header:?} {:?}",
                meta.partition(),
                meta.offset(),
                meta.key(),
                meta.timestamp()
            )
        });
        known.to(kafka(&output));
    });
    pipeline.run().await.unwrap();
    assert_eq!(all(&output)[0].text(), "a 1 0 Some([107]) Some(1) Some(1000)");
}

fn values(brokers: &Kafka, topic: &str) -> (usize, BTreeSet<String>) {
    let records = brokers.read_all(topic, Isolation::ReadCommitted).unwrap();
    (
        records.len(),
        records.iter().map(|record| record.text().to_owned()).collect(),
    )
}

/// A pipeline that copies, as a member of the group `copies`.
fn copy(brokers: &str, input: &str, output: &str) -> streaming_runtime::Running {
    let pipeline = stream_pipeline!({
        settings(name = "copies", batch_interval = 50ms);
        let lines = kafka(input)
            .brokers(brokers)
            .config("heartbeat.interval.ms", 200)
            .config("session.timeout.ms", 6000)
            .config("reconnect.backoff.max.ms", 200)
            .lines();
        lines.to(kafka(output).config("reconnect.backoff.max.ms", 200));
    });
    pipeline.start()
}

/// Looks until `topic` holds so many different values.
async fn until(brokers: &Kafka, topic: &str, count: usize) -> usize {
    let begun = std::time::Instant::now();
    loop {
        let (records, values) = values(brokers, topic);
        if values.len() == count {
            return records;
        }
        assert!(
            begun.elapsed() < crate::reader::PATIENCE,
            "{} of {count} values",
            values.len()
        );
        tokio::task::yield_now().await;
    }
}

/// Messages of `topic` that the group `copies` has done with.
fn committed(brokers: &Kafka, topic: &str) -> i64 {
    let offsets = brokers.committed("copies", topic).unwrap();
    offsets.iter().map(|(_, offset)| offset).sum()
}

fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Message> {
    numbers.map(|n| Message::new(format!("{n:04}")).partition((n % 2).cast_signed()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_survives_its_broker() {
    let mut brokers = Kafka::start().unwrap();
    brokers.create_topic("in", 2).unwrap();
    brokers.create_topic("out", 2).unwrap();
    brokers.produce("in", numbered(0..500)).unwrap();
    let running = copy(brokers.bootstrap(), "in", "out");
    until(&brokers, "out", 500).await;
    // From here on nothing is in flight, so that nothing is read again if the group has to form anew.
    while committed(&brokers, "in") < 500 {
        tokio::task::yield_now().await;
    }
    brokers.kill().unwrap();
    brokers.restart().unwrap();
    brokers.produce("in", numbered(500..1000)).unwrap();
    let records = until(&brokers, "out", 1000).await;
    assert_eq!(records, 1000, "nothing twice, the pipeline was never down");
    running.stop();
    running.await.unwrap();
    let committed: i64 = brokers
        .committed("copies", "in")
        .unwrap()
        .iter()
        .map(|(_, offset)| offset)
        .sum();
    assert_eq!(committed, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_pipelines_share_the_work() {
    let kafka = shared().unwrap();
    let [input, output] = topics(["shared", "copied"]);
    kafka.produce(&input, numbered(0..500)).unwrap();
    let first = copy(kafka.bootstrap(), &input, &output);
    until(kafka, &output, 500).await;
    let second = copy(kafka.bootstrap(), &input, &output);
    kafka.produce(&input, numbered(500..1000)).unwrap();
    until(kafka, &output, 1000).await;
    first.stop();
    first.await.unwrap();
    kafka.produce(&input, numbered(1000..1500)).unwrap();
    until(kafka, &output, 1500).await;
    second.stop();
    second.await.unwrap();
    assert_eq!(committed(kafka, &input), 1500);
}

/// A message without a value is not one with an empty value.
#[tokio::test]
async fn null_is_none_and_stays_null() {
    #[derive(Debug, Deserialize)]
    struct Number {
        n: u64,
    }
    let [input, output] = topics(["nulls", "numbers"]);
    let letters = shared().unwrap().fresh_topic("letters", 1).unwrap();
    let messages = [
        Message::new(r#"{"n":1}"#).key("k1"),
        Message::tombstone("k1").header("trace", "1").header("trace", "2"),
        Message::new("").key("k2"),
        Message::new(r#"{"n":3}"#).key("k3"),
    ];
    let messages = messages.map(|message| message.partition(0).timestamp(7));
    shared().unwrap().produce(&input, messages).unwrap();
    let brokers = shared().unwrap().bootstrap();
    let pipeline = stream_pipeline!({
        settings(name = "nulls");
        let some = kafka(&input)
            .brokers(brokers)
            .group("some")
            .json::<Option<Number>>()
            .on_error(skip);
        some.map(|number| number.map_or("none".to_owned(), |number| number.n.to_string()))
            .to(kafka(&output));
    });
    pipeline.trigger(Trigger::AvailableNow).run().await.unwrap();
    let mut numbers: Vec<_> = all(&output).iter().map(|record| record.text().to_owned()).collect();
    numbers.sort();
    assert_eq!(numbers, ["1", "3", "none"]);

    let pipeline = stream_pipeline!({
        settings(name = "letters");
        let all = kafka(&input)
            .brokers(brokers)
            .group("letters")
            .json::<Number>()
            .on_error(dead_letter(kafka(&letters)));
        all.filter(|_| false)
            .map(|number| number.n.to_string())
            .to(kafka(&output));
    });
    pipeline.trigger(Trigger::AvailableNow).run().await.unwrap();
    let letters = all(&letters);
    let values: Vec<_> = letters.iter().map(|letter| letter.value.as_deref()).collect();
    assert_eq!(values, [None, Some(&b""[..])]);
    let header = |letter: &Record, name: &str| {
        let values = letter.headers.iter().filter(|(key, _)| key == name);
        let text = |(_, value): &(String, Option<Vec<u8>>)| String::from_utf8(value.clone().unwrap()).unwrap();
        values.map(text).collect::<Vec<_>>()
    };
    assert_eq!(header(&letters[0], "trace"), ["1", "2"]);
    assert_eq!(header(&letters[0], "timestamp"), ["7"]);
    assert!(
        letters[0].timestamp.is_some_and(|now| now > 1_700_000_000_000),
        "kept from now on"
    );
    let [null, empty] = [0, 1].map(|letter| header(&letters[letter], "error").concat());
    assert!(null.contains("invalid type: null"), "{null}");
    assert!(empty.contains("EOF"), "{empty}");
}

#[tokio::test]
async fn a_dead_letter_may_keep_the_time_of_its_message() {
    let [input, letters] = topics(["bad", "letters"]);
    let brokers = shared().unwrap().bootstrap();
    let bad = ["{", "}"].map(|value| Message::new(value).timestamp(1234));
    shared().unwrap().produce(&input, bad).unwrap();
    let pipeline = stream_pipeline!({
        settings(name = "original", brokers = brokers);
        let numbers = kafka(&input)
            .group(&input)
            .json::<u64>()
            .on_error(dead_letter(kafka(&letters).timestamp(original)));
        numbers.print();
    });
    pipeline.trigger(Trigger::AvailableNow).run().await.unwrap();
    let times: Vec<_> = all(&letters).iter().map(|letter| letter.timestamp).collect();
    assert_eq!(times, [Some(1234); 2]);
}

/// A record that is too large is known where it is encoded: then its place is known, too.
#[tokio::test]
async fn a_record_that_cannot_be_encoded_is_named_with_sink_and_place() {
    let [input, output] = ["lines", "small"].map(|prefix| shared().unwrap().fresh_topic(prefix, 1).unwrap());
    let brokers = shared().unwrap().bootstrap();
    shared()
        .unwrap()
        .set_topic(&output, "max.message.bytes", "2000")
        .unwrap();
    let values = ["a".to_owned(), "b".repeat(3000), "c".to_owned()];
    shared().unwrap().produce(&input, values.map(Message::new)).unwrap();
    let pipeline = stream_pipeline!({
        settings(name = "encode", brokers = brokers);
        let lines = kafka(&input).group(&input).lines();
        lines.to(kafka(&output));
    });
    let error = pipeline.trigger(Trigger::AvailableNow).run().await.unwrap_err();
    let error = error.to_string();
    assert!(error.starts_with("`lines.kafka` (kafka, line "), "{error}");
    let expected = format!("failed at {input}/0, offset 1: a record of 3000 bytes is too large for topic `{output}`");
    assert!(error.contains(&expected), "{error}");
    assert_eq!(all(&output).len(), 0, "nothing of the batch is written");
}
