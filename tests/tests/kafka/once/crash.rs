//! Instances that die between two steps, and others that only seem to.

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use streaming_runtime::sink::Sink;
use test_services::kafka::shared;

use super::instance::{Instance, once, records, visible};
use crate::reader::PATIENCE;

/// How far the last batch came.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Died {
    BeforeIt,
    WhenItWasPrepared,
    WhenItWasAborted,
    WhenItWasCommitted,
}

const ALL: [Died; 4] = [
    Died::BeforeIt,
    Died::WhenItWasPrepared,
    Died::WhenItWasAborted,
    Died::WhenItWasCommitted,
];

async fn until(instance: &mut Instance, died: Died) {
    if died != Died::BeforeIt {
        instance.prepare(1, &records(1)).await.unwrap();
    }
    match died {
        Died::WhenItWasAborted => instance.abort(1).await,
        Died::WhenItWasCommitted => instance.commit(1).await.unwrap(),
        Died::BeforeIt | Died::WhenItWasPrepared => {}
    }
}

#[tokio::test]
async fn a_successor_knows_what_is_decided_and_nothing_partial_is_visible() {
    let kafka = shared().unwrap();
    for died in ALL {
        let topic = kafka.fresh_topic("died", 2).unwrap();
        let mut instance = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
        instance.write(0, &records(0)).await.unwrap();
        until(&mut instance, died).await;
        drop(instance);
        let mut successor = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
        let last = u64::from(died == Died::WhenItWasCommitted);
        assert_eq!(successor.decided().await, Some(last), "{died:?}");
        // Also not for those who come before anything else is committed.
        assert_eq!(visible(kafka, &topic), once(0..=last), "{died:?}");
        successor.write(last + 1, &records(last + 1)).await.unwrap();
        assert_eq!(visible(kafka, &topic), once(0..=last + 1), "{died:?}");
        successor.close().await;
    }
}

#[tokio::test]
async fn an_instance_that_was_replaced_writes_nothing_more() {
    let kafka = shared().unwrap();
    for died in ALL {
        let topic = kafka.fresh_topic("zombie", 2).unwrap();
        let mut zombie = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
        zombie.write(0, &records(0)).await.unwrap();
        until(&mut zombie, died).await;
        let mut successor = Instance::open(kafka, &topic, &[&topic]).await.unwrap();
        let last = successor.decided().await.unwrap();
        // It goes on from where it was.
        let result = match died {
            Died::WhenItWasPrepared => zombie.commit(1).await,
            Died::BeforeIt | Died::WhenItWasAborted => zombie.write(1, &records(1)).await,
            Died::WhenItWasCommitted => zombie.write(2, &records(2)).await,
        };
        let error = result.unwrap_err();
        assert!(
            !error.is_retryable(),
            "two supervisors would fence each other for ever: {error}"
        );
        let error = error.to_string();
        assert!(
            error.starts_with("another instance with this checkpoint has taken over"),
            "{died:?}: {error}"
        );
        zombie.abort(last + 1).await;
        let again = zombie
            .write(last + 1, &records(last + 1))
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(again, error, "for good");
        assert_eq!(visible(kafka, &topic), once(0..=last), "{died:?}");
        // It has not hurt its successor.
        successor.write(last + 1, &records(last + 1)).await.unwrap();
        assert_eq!(visible(kafka, &topic), once(0..=last + 1), "{died:?}");
        zombie.close().await;
        successor.close().await;
    }
}

/// As a broker leaves it that was killed between the decision of a transaction and its note of that.
#[tokio::test]
async fn a_transaction_that_does_not_end_is_named_as_the_reason() {
    let kafka = shared().unwrap();
    let output = kafka.fresh_topic("held", 1).unwrap();
    let mut instance = Instance::open(kafka, &output, &[&output]).await.unwrap();
    let group = format!("tests-{output}");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka.bootstrap());
    let consumer: BaseConsumer = config.clone().set("group.id", &group).create().unwrap();
    let producer: BaseProducer = config
        .set("transactional.id", format!("{output}-held"))
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(&output, 0, Offset::Offset(1)).unwrap();
    let member = consumer.group_metadata().unwrap();
    producer
        .send_offsets_to_transaction(&offsets, &member, PATIENCE)
        .unwrap();
    let error = instance.sinks[0]
        .decided("tests", "sink")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("hold back what group `{group}` has committed")) && error.contains("find-hanging"),
        "{error}"
    );
    producer.abort_transaction(PATIENCE).unwrap();
    assert_eq!(instance.decided().await, None);
    instance.close().await;
}
