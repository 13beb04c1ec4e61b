//! The broker, and the topics on it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use test_services::kafka::{Kafka, Options};

use super::{PARTITIONS, PATIENCE, consumer, messages};
use crate::data::orders::Orders;
use crate::harness::Scale;

/// As Kafka's own scripts start it: the flags of tests are for a quick start.
const JVM: [&str; 5] = [
    "-XX:TieredStopAtLevel=4",
    "-XX:-UseSerialGC",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
];

static BOOTSTRAP: OnceLock<String> = OnceLock::new();

/// Messages to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub(crate) bootstrap: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) messages: u64,
}

/// The broker that is in use, if any.
pub(crate) fn started() -> Option<&'static str> {
    BOOTSTRAP.get().map(String::as_str)
}

/// The broker that was asked for, or one of our own, which ends with this process.
fn bootstrap(scale: &Scale) -> &'static str {
    static KAFKA: OnceLock<Kafka> = OnceLock::new();
    BOOTSTRAP.get_or_init(|| {
        scale.kafka.clone().unwrap_or_else(|| {
            let start = || {
                let jvm = JVM.map(str::to_owned).to_vec();
                Kafka::start_with(&Options {
                    heap: 1024,
                    jvm,
                    ..Options::default()
                })
                .expect("Kafka starts")
            };
            KAFKA.get_or_init(start).bootstrap().to_owned()
        })
    })
}

/// Fills the input topic, unless another process has done so on the same broker.
pub(crate) fn input(scale: &Scale) -> Input {
    let messages = scale.of(2_000_000) as u64;
    let input = Input {
        bootstrap: bootstrap(scale),
        topic: format!("bench-orders-{messages}").leak(),
        messages,
    };
    if create(input.bootstrap, input.topic) {
        fill(input);
    }
    let found = self::messages(&consumer(input.bootstrap, "bench-input", input.topic), input.topic);
    assert_eq!(found, messages, "messages in topic {}; delete it", input.topic);
    input
}

/// A name that nobody has used, for a topic or a group.
pub(crate) fn fresh(what: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("bench-{what}-{}-{number}", std::process::id())
}

/// Creates a topic that nobody has used.
pub(crate) fn fresh_topic(bootstrap: &str) -> String {
    let topic = fresh("out");
    assert!(create(bootstrap, &topic), "topic {topic} is there already");
    topic
}

/// Creates a topic; `false` if it was there.
fn create(bootstrap: &str, topic: &str) -> bool {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .create()
        .expect("a client can be made");
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
    let results = block_on(admin.create_topics([&new], &options)).expect("the broker answers");
    match results.into_iter().next() {
        Some(Ok(_)) => true,
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => false,
        other => panic!("cannot create topic {topic}: {other:?}"),
    }
}

fn fill(input: Input) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", input.bootstrap)
        .set("linger.ms", "20")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.messages", "500000")
        .create()
        .expect("the producer's settings are right");
    let (mut orders, mut value) = (Orders::new(), Vec::new());
    for n in 0..input.messages {
        orders.next_into(&mut value);
        send(&producer, input.topic, (n % PARTITIONS as u64) as i32, &value);
    }
    drain(&producer);
}

/// Sends a message, waiting for room.
pub(crate) fn send<C: ProducerContext<DeliveryOpaque = ()>>(
    producer: &BaseProducer<C>,
    topic: &str,
    partition: i32,
    value: &[u8],
) {
    let mut record = BaseRecord::<'_, (), [u8]>::to(topic)
        .partition(partition)
        .payload(value);
    while let Err((error, back)) = producer.send(record) {
        assert_eq!(
            error,
            KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull),
            "cannot send"
        );
        producer.poll(Duration::from_millis(1));
        record = back;
    }
}

/// Waits until the broker has everything. (`flush` waits in slices of 100 ms.)
pub(crate) fn drain(producer: &BaseProducer) {
    while producer.in_flight_count() > 0 {
        producer.poll(Duration::from_millis(1));
    }
}
