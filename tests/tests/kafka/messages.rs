//! What is known of a message.

use streaming_runtime::source::{Event, Records, Source};
use test_services::kafka::{Message, shared};

use crate::reader::{how, source};

#[tokio::test]
async fn all_parts_of_a_message_can_be_asked_for() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("parts", 1).unwrap();
    let messages = [
        Message::new("v")
            .key("k")
            .timestamp(1234)
            .header("a", "1")
            .header("b", "2")
            .header("a", "3"),
        Message::tombstone("k").timestamp(1235),
        Message::new("alone").timestamp(1236),
    ];
    kafka.produce(&topic, messages).unwrap();
    let mut source = source(kafka, &topic, &topic);
    source.open(how(true)).await.unwrap();
    let mut seen = 0;
    loop {
        match source.next().await.unwrap() {
            Event::Chunk(fetched) => {
                for (_, message) in fetched.chunk.records() {
                    assert_eq!((message.topic(), message.partition()), (topic.as_str(), 0));
                    assert_eq!(message.offset(), seen);
                    assert_eq!(message.timestamp(), Some(1234 + seen));
                    let headers: Vec<_> = message.headers().collect();
                    match seen {
                        0 => {
                            assert_eq!(message.key(), Some(&b"k"[..]));
                            assert_eq!(message.payload(), Some(&b"v"[..]));
                            let expected = [("a", "1"), ("b", "2"), ("a", "3")];
                            assert_eq!(headers, expected.map(|(k, v)| (k, Some(v.as_bytes()))));
                            assert_eq!(message.header("a"), Some(&b"3"[..]));
                            assert_eq!(message.header("c"), None);
                        }
                        1 => assert_eq!((message.key(), message.payload()), (Some(&b"k"[..]), None)),
                        _ => assert_eq!((message.key(), headers.len()), (None, 0)),
                    }
                    seen += 1;
                }
            }
            Event::Ended => break,
            _ => {}
        }
    }
    assert_eq!(seen, 3);
    source.close().await;
}

/// Chunks are bounded, and they stay readable when the source is gone.
#[tokio::test]
async fn chunks_keep_to_their_limits_and_outlive_the_source() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("chunks", 1).unwrap();
    kafka
        .produce(&topic, (0..100).map(|n| Message::new(format!("{n:010}"))))
        .unwrap();
    let mut source = source(kafka, &topic, &topic);
    let mut open = how(true);
    // A message takes some 300 bytes in memory beside its 10.
    (open.chunk_rows, open.chunk_bytes) = (30, 4000);
    source.open(open).await.unwrap();
    let mut chunks = Vec::new();
    loop {
        match source.next().await.unwrap() {
            Event::Chunk(fetched) => {
                assert!(fetched.rows <= 15, "{} rows in 4000 bytes", fetched.rows);
                assert!(fetched.bytes > 300 * fetched.rows, "{} bytes", fetched.bytes);
                chunks.push(fetched.chunk);
            }
            Event::Ended => break,
            _ => {}
        }
    }
    source.close().await;
    let records = chunks.iter().flat_map(Records::records);
    let values: Vec<_> = records
        .map(|(_, message)| message.payload().unwrap().to_vec())
        .collect();
    let expected: Vec<_> = (0..100).map(|n| format!("{n:010}").into_bytes()).collect();
    assert_eq!(values, expected);
}

/// What a chunk keeps in memory counts, which bounds the chunks that a batch keeps: headers, and the client's part of messages that hold next to nothing.
#[tokio::test]
async fn headers_count_in_the_size_of_a_chunk() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("sizes", 1).unwrap();
    kafka
        .produce(
            &topic,
            (0..40).map(|_| Message::new("v").header("trace", vec![b'x'; 10_000])),
        )
        .unwrap();
    let mut source = source(kafka, &topic, &topic);
    let mut open = how(true);
    open.chunk_bytes = 50_000;
    source.open(open).await.unwrap();
    let (mut rows, mut bytes) = (0, 0);
    loop {
        match source.next().await.unwrap() {
            Event::Chunk(fetched) => {
                assert!(fetched.rows <= 5, "{} rows of 10 kB", fetched.rows);
                rows += fetched.rows;
                bytes += fetched.bytes;
            }
            Event::Ended => break,
            _ => {}
        }
    }
    source.close().await;
    assert_eq!(rows, 40);
    assert!((400_000..450_000).contains(&bytes), "{bytes}");
}
