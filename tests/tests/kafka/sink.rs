//! What the sink writes.

use serde::Serialize;
use streaming_runtime::decode::dead_letter;
use streaming_runtime::run::Run;
use streaming_runtime::sink::kafka::{Message, Staged};
use streaming_runtime::sink::{BatchId, Encode, Keyed, Sink, SinkError, kafka, timestamp};
use streaming_runtime::source::Meta;
use test_services::kafka::{Isolation, Record, shared};

pub(crate) fn batch(number: u64) -> BatchId {
    BatchId {
        pipeline: "tests".to_owned(),
        sink: "out".to_owned(),
        checkpoint: String::new(),
        batch: number,
    }
}

/// Writes one batch of one chunk.
async fn write<S: Sink<Staged = Staged>>(
    mut sink: S,
    stage: impl FnOnce(&S::Encoder, &mut Staged) -> Result<(), SinkError>,
) -> Result<(), SinkError> {
    let mut staged = Staged::default();
    stage(&sink.encoder(), &mut staged)?;
    sink.open(&Run::new("tests")).await?;
    sink.prepare(&batch(0), vec![staged]).await?;
    let result = sink.commit(&batch(0)).await;
    sink.close().await;
    result
}

fn all(topic: &str) -> Vec<Record> {
    shared().unwrap().read_all(topic, Isolation::ReadCommitted).unwrap()
}

#[derive(Serialize)]
struct Total {
    user: String,
    sum: u64,
}

#[tokio::test]
async fn json_under_a_key() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("json", 3).unwrap();
    let sink = kafka(&topic).brokers(kafka_.bootstrap()).json();
    let users = ["ada", "bob", "eve", "ada"];
    write(sink, |encoder, staged| {
        for (sum, user) in (0..).zip(users) {
            let record = Total {
                user: user.to_owned(),
                sum,
            };
            encoder.encode(
                Keyed {
                    key: user,
                    record: &record,
                },
                staged,
            )?;
        }
        let record = Total {
            user: "none".to_owned(),
            sum: 9,
        };
        encoder.encode(&record, staged)
    })
    .await
    .unwrap();
    let written = all(&topic);
    assert_eq!(written.len(), 5);
    // The same key goes to the same partition as in Kafka's own clients, in order.
    let places = kafka_
        .produce(
            &topic,
            users.map(|user| test_services::kafka::Message::new("x").key(user)),
        )
        .unwrap();
    for ((user, (partition, _)), sum) in users.iter().zip(places).zip(0..) {
        let json = format!(r#"{{"user":"{user}","sum":{sum}}}"#);
        let record = written.iter().find(|record| record.text() == json).expect("written");
        assert_eq!(
            (record.key.as_deref(), record.partition),
            (Some(user.as_bytes()), partition)
        );
    }
    let offset = |sum: u64| {
        written
            .iter()
            .find(|r| r.text().contains(&format!(r#""sum":{sum}}}"#)))
            .unwrap()
            .offset
    };
    assert!(offset(0) < offset(3), "records of a key keep their order");
    assert!(
        written
            .iter()
            .any(|record| record.key.is_none() && record.text().contains("none"))
    );
}

#[tokio::test]
async fn raw_text_bytes_and_messages() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("raw", 1).unwrap();
    write(kafka(&topic).brokers(kafka_.bootstrap()), |encoder, staged| {
        encoder.encode("text", staged)?;
        encoder.encode(&"borrowed", staged)?;
        encoder.encode(&"owned".to_owned(), staged)?;
        encoder.encode(&[0_u8, 255], staged)?;
        encoder.encode(
            Keyed {
                key: 7_u32,
                record: &"keyed",
            },
            staged,
        )?;
        let message = Message::new("all")
            .key("k")
            .header("h", "x")
            .header("h", "y")
            .timestamp(99);
        encoder.encode(&message, staged)?;
        encoder.encode(Message::tombstone("k"), staged)
    })
    .await
    .unwrap();
    let written = all(&topic);
    let values: Vec<_> = written.iter().map(|record| record.value.as_deref()).collect();
    let expected: [Option<&[u8]>; 7] = [
        Some(b"text"),
        Some(b"borrowed"),
        Some(b"owned"),
        Some(&[0, 255]),
        Some(b"keyed"),
        Some(b"all"),
        None,
    ];
    assert_eq!(values, expected);
    assert_eq!(written[4].key.as_deref(), Some(&b"7"[..]));
    assert_eq!(written[5].timestamp, Some(99));
    let header = |value: &str| ("h".to_owned(), Some(value.as_bytes().to_vec()));
    assert_eq!(written[5].headers, [header("x"), header("y")]);
    assert_eq!(written[6].key.as_deref(), Some(&b"k"[..]));
}

struct At;

impl Meta for At {
    fn place(&self) -> std::borrow::Cow<'_, str> {
        "orders/3".into()
    }
    fn offset(&self) -> u64 {
        42
    }
    fn key(&self) -> Option<&[u8]> {
        Some(b"ada")
    }
    fn timestamp(&self) -> Option<i64> {
        Some(5)
    }
    fn each_header<'m>(&'m self, mut add: impl FnMut(&'m str, Option<&'m [u8]>)) {
        add("trace", Some(b"1"));
        add("trace", Some(b"2"));
        add("none", None);
    }
}

#[tokio::test]
async fn a_dead_letter_is_sent_as_it_came_with_what_is_wrong() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("letters", 1).unwrap();
    write(kafka(&topic).brokers(kafka_.bootstrap()), |encoder, staged| {
        let error = streaming_runtime::op::json::<u64>(b"{").unwrap_err();
        encoder.encode(&dead_letter("orders", &At, &error, b"{"), staged)?;
        encoder.encode(dead_letter("orders", &At, &error, b"{").into_owned(), staged)
    })
    .await
    .unwrap();
    let written = all(&topic);
    assert_eq!(written.len(), 2);
    for record in &written {
        assert_eq!(
            (
                record.text(),
                record.key.as_deref(),
                record.timestamp.map(|now| now > 1_700_000_000_000)
            ),
            ("{", Some(&b"ada"[..]), Some(true))
        );
        let header = |name: &str| {
            let found = record.headers.iter().find(|(key, _)| key == name).expect("there");
            String::from_utf8(found.1.clone().unwrap()).unwrap()
        };
        assert_eq!(header("source"), "orders");
        assert_eq!(header("place"), "orders/3");
        assert_eq!(header("offset"), "42");
        assert_eq!(header("timestamp"), "5");
        let traces: Vec<_> = record.headers.iter().take(3).cloned().collect();
        let trace = |value: &str| ("trace".to_owned(), Some(value.as_bytes().to_vec()));
        assert_eq!(traces, [trace("1"), trace("2"), ("none".to_owned(), None)]);
        assert!(
            header("error").contains("cannot decode JSON into `u64`"),
            "{}",
            header("error")
        );
    }
}

#[tokio::test]
async fn a_dead_letter_may_be_sent_with_the_time_that_it_had() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("original", 1).unwrap();
    let sink = kafka(&topic).brokers(kafka_.bootstrap());
    write(sink.timestamp(timestamp::original()), |encoder, staged| {
        let error = streaming_runtime::op::json::<u64>(b"{").unwrap_err();
        encoder.encode(&dead_letter("orders", &At, &error, b"{"), staged)?;
        let keyed = Keyed {
            key: "bob",
            record: &dead_letter("orders", &At, &error, b"{"),
        };
        encoder.encode(keyed, staged)
    })
    .await
    .unwrap();
    let found = all(&topic).into_iter().map(|record| (record.timestamp, record.key));
    let expected = ["ada", "bob"].map(|key| (Some(5), Some(key.as_bytes().to_vec())));
    assert!(found.eq(expected));
}

#[tokio::test]
async fn what_was_aborted_is_not_written() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("aborted", 1).unwrap();
    let mut sink = kafka(&topic).brokers(kafka_.bootstrap());
    sink.open(&Run::new("tests")).await.unwrap();
    for (number, keep) in [(0, false), (1, true), (2, true)] {
        let mut staged = Staged::default();
        sink.encoder().encode(&format!("{number}"), &mut staged).unwrap();
        sink.prepare(&batch(number), vec![staged, Staged::default()])
            .await
            .unwrap();
        if keep {
            sink.commit(&batch(number)).await.unwrap();
        } else {
            sink.abort(&batch(number)).await;
        }
    }
    sink.close().await;
    assert_eq!(all(&topic).iter().map(Record::text).collect::<Vec<_>>(), ["1", "2"]);
}

#[tokio::test]
async fn more_than_the_clients_queue_holds() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("many", 2).unwrap();
    let sink = kafka(&topic)
        .brokers(kafka_.bootstrap())
        .config("queue.buffering.max.messages", 100);
    write(sink, |encoder, staged| {
        (0..5000).try_for_each(|n| encoder.encode(&format!("{n}"), staged))
    })
    .await
    .unwrap();
    assert_eq!(all(&topic).len(), 5000);
}

#[tokio::test]
async fn what_cannot_be_written_says_what_to_do() {
    let brokers = shared().unwrap().bootstrap();
    let error = write(kafka("no-such-topic").brokers(brokers), |_, _| Ok(()))
        .await
        .unwrap_err()
        .to_string();
    let expected = format!("cannot write to topic `no-such-topic` on `{brokers}`: there is no such topic");
    assert!(error.starts_with(&expected), "{error}");

    let topic = shared().unwrap().fresh_topic("large", 1).unwrap();
    let large = "x".repeat(3_000_000);
    let error = write(kafka(&topic).brokers(brokers), |encoder, staged| {
        encoder.encode(&large, staged)
    });
    let error = error.await.unwrap_err().to_string();
    assert!(error.contains("a record of 3000000 bytes is too large"), "{error}");
    // The client would send it now, but the broker does not take it.
    let sink = kafka(&topic).brokers(brokers).config("message.max.bytes", 4_000_000);
    let error = write(sink, |encoder, staged| {
        encoder.encode("small", staged)?;
        encoder.encode(&large, staged)
    });
    let error = error.await.unwrap_err().to_string();
    assert!(
        error.contains("a record of 3000000 bytes is larger than the topic's `max.message.bytes`"),
        "{error}"
    );
}

/// What the brokers refuse for its size alone is the fault of a record: of the right one.
#[tokio::test]
async fn a_record_that_is_too_large_is_named() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("named", 2).unwrap();
    let mut sink = kafka(&topic).brokers(kafka_.bootstrap());
    sink.open(&Run::new("tests")).await.unwrap();
    // Lowered while the sink is open: it cannot know.
    kafka_.set_topic(&topic, "max.message.bytes", "2000").unwrap();
    let small = |n: u32| format!("{n:0100}");
    let mut staged = Staged::default();
    for n in 0..100 {
        sink.encoder().encode(&small(n), &mut staged).unwrap();
    }
    sink.prepare(&batch(0), vec![staged]).await.unwrap();
    sink.commit(&batch(0)).await.unwrap();
    let mut written: Vec<_> = all(&topic).iter().map(|record| record.text().to_owned()).collect();
    written.sort();
    written.dedup();
    assert_eq!(written, (0..100).map(small).collect::<Vec<_>>(), "each of them");
    let mut staged = Staged::default();
    sink.encoder().encode("before", &mut staged).unwrap();
    let record = format!("large {}", "x".repeat(3000));
    let keyed = Keyed {
        key: "ada",
        record: &record,
    };
    sink.encoder().encode(keyed, &mut staged).unwrap();
    sink.encoder().encode("behind", &mut staged).unwrap();
    sink.prepare(&batch(1), vec![staged]).await.unwrap();
    let error = sink.commit(&batch(1)).await.unwrap_err().to_string();
    let place = format!("cannot write to topic `{topic}`");
    let expected = [
        place.as_str(),
        ": 1 of 3 records were not acknowledged: a record of 3009 bytes is larger than the topic's `max.message.bytes`",
        "it is the one with key `ada`, value `large xxx",
    ];
    assert!(expected.iter().all(|expected| error.contains(*expected)), "{error}");
    sink.close().await;
    assert!(all(&topic).iter().any(|record| record.text() == "before"));
}

/// What a topic takes is asked for, and batches are made to fit.
#[tokio::test]
async fn batches_fit_the_topic() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("fits", 1).unwrap();
    kafka_.set_topic(&topic, "max.message.bytes", "65536").unwrap();
    write(kafka(&topic).brokers(kafka_.bootstrap()), |encoder, staged| {
        (0..1000).try_for_each(|n| encoder.encode(&format!("{n:01000}"), staged))
    })
    .await
    .unwrap();
    assert_eq!(all(&topic).len(), 1000);
}

/// A sink that is open knows what its topic takes.
#[tokio::test]
async fn a_dead_letter_is_cut_to_what_its_topic_takes() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("cut", 1).unwrap();
    kafka_.set_topic(&topic, "max.message.bytes", "20000").unwrap();
    let mut sink = kafka(&topic).brokers(kafka_.bootstrap());
    sink.open(&Run::new("tests")).await.unwrap();
    let mut staged = Staged::default();
    let payload = vec![b'x'; 50_000];
    let error = streaming_runtime::op::json::<u64>(&payload).unwrap_err();
    sink.encoder()
        .encode(dead_letter("orders", &At, &error, &payload), &mut staged)
        .unwrap();
    let large = "x".repeat(20_000);
    let refused = sink.encoder().encode(&large, &mut staged).unwrap_err().to_string();
    assert!(
        refused.contains("a record of 20000 bytes is too large for topic"),
        "{refused}"
    );
    sink.prepare(&batch(0), vec![staged]).await.unwrap();
    sink.commit(&batch(0)).await.unwrap();
    sink.close().await;
    let written = all(&topic);
    let length = written[0].value.as_ref().unwrap().len();
    assert!((18_000..20_000).contains(&length), "{length}");
    let cut = written[0]
        .headers
        .iter()
        .find(|(name, _)| name == "payload_bytes")
        .unwrap();
    assert_eq!(cut.1.as_deref(), Some(&b"50000"[..]));
}

/// A topic that keeps the last record of each key takes none without. Where the sink knows, it refuses such a record where it is encoded, and `on_error`
/// decides; where it cannot know, the brokers refuse a batch, and the right record is named.
#[tokio::test]
async fn a_record_without_the_key_that_its_topic_needs_is_named() {
    let kafka_ = shared().unwrap();
    crate::log::listen();
    let topic = kafka_.fresh_topic("compacted", 1).unwrap();
    let keyed = |record| Keyed { key: "ada", record };
    for checkpointed in [false, true] {
        kafka_.set_topic(&topic, "cleanup.policy", "delete").unwrap();
        let id = format!("{topic}-checkpoint");
        let run = if checkpointed {
            Run::checkpointed("tests", &id, false)
        } else {
            Run::new("tests")
        };
        let mut sink = kafka(&topic).brokers(kafka_.bootstrap());
        sink.open(&run).await.unwrap();
        // While the sink is open: it cannot know.
        kafka_.set_topic(&topic, "cleanup.policy", "compact").unwrap();
        let mut staged = Staged::default();
        sink.encoder().encode(keyed("before"), &mut staged).unwrap();
        sink.encoder().encode("keyless", &mut staged).unwrap();
        sink.encoder().encode(keyed("after"), &mut staged).unwrap();
        let written = async {
            sink.prepare(&batch(0), vec![staged]).await?;
            sink.commit(&batch(0)).await
        };
        let error = written.await.unwrap_err();
        sink.abort(&batch(0)).await;
        sink.close().await;
        let expected = [
            &format!("cannot write to topic `{topic}`"),
            "a record without a key is refused, as by topics with `cleanup.policy=compact`",
            "it is the one with key null, value `keyless`",
        ];
        assert!(!error.is_retryable(), "{error}");
        let error = error.to_string();
        assert!(expected.iter().all(|expected| error.contains(*expected)), "{error}");
    }

    let mut sink = kafka(&topic).brokers(kafka_.bootstrap());
    sink.open(&Run::new("tests")).await.unwrap();
    let mut staged = Staged::default();
    let refused = sink.encoder().encode("keyless", &mut staged).unwrap_err().to_string();
    let expected = format!("a record without a key cannot be written to topic `{topic}`");
    assert!(refused.starts_with(&expected), "{refused}");
    sink.encoder().encode(keyed("kept"), &mut staged).unwrap();
    sink.prepare(&batch(0), vec![staged]).await.unwrap();
    sink.commit(&batch(0)).await.unwrap();
    sink.close().await;
    // The transaction that was aborted keeps the brokers from calling this committed, until its time is over.
    let written = kafka_.read_all(&topic, Isolation::ReadUncommitted).unwrap();
    assert_eq!(written.last().unwrap().text(), "kept");
}

/// A time that the topic does not take is the fault of a record, too.
#[tokio::test]
async fn a_record_of_a_time_that_its_topic_does_not_take_is_named() {
    let kafka_ = shared().unwrap();
    let topic = kafka_.fresh_topic("times", 1).unwrap();
    kafka_
        .set_topic(&topic, "message.timestamp.before.max.ms", "3600000")
        .unwrap();
    let error = write(kafka(&topic).brokers(kafka_.bootstrap()), |encoder, staged| {
        encoder.encode("now", staged)?;
        encoder.encode(Message::new("old").timestamp(1000), staged)
    });
    let error = error.await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    let error = error.to_string();
    let expected = [
        "1 of 2 records",
        "message.timestamp.before.max.ms",
        "it is the one with key null, value `old`",
    ];
    assert!(expected.iter().all(|expected| error.contains(expected)), "{error}");
}
