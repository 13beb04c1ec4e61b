//! Members that come and go, partitions that are added.

use std::collections::BTreeSet;
use std::time::Duration;

use streaming_runtime::source::{kafka, start};
use test_services::kafka::{Message, shared};

use crate::reader::{Reader, both, how, source};

const PARTITIONS: usize = 4;

fn produce(topic: &str, numbers: std::ops::Range<i32>) {
    let of = |n: i32| Message::new(format!("{n:03}")).partition(n % 4);
    shared().unwrap().produce(topic, numbers.map(of)).unwrap();
}

fn expected(numbers: std::ops::Range<i32>) -> BTreeSet<String> {
    numbers.map(|n| format!("{n:03}")).collect()
}

fn of_both(a: &Reader, b: &Reader) -> BTreeSet<String> {
    a.values().union(&b.values()).map(|value| (*value).to_owned()).collect()
}

#[tokio::test]
async fn members_share_a_topic_and_take_over() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("members", PARTITIONS).unwrap();
    let member = || Reader::open(source(kafka, &topic, &topic), how(false));
    produce(&topic, 0..100);
    let mut a = member().await.unwrap();
    a.until(|a| a.read.len() == 100).await.unwrap();
    assert_eq!(a.labels.len(), PARTITIONS);
    a.commit().await;

    let mut b = member().await.unwrap();
    both(&mut a, &mut b, |a, b| a.labels.len() == 2 && b.labels.len() == 2).await;
    assert!(a.places().is_disjoint(&b.places()));
    // A batch that was in flight: what went to the other member is not ours to commit any more, and no reason to fail.
    a.commit().await;
    produce(&topic, 100..200);
    both(&mut a, &mut b, |a, b| of_both(a, b).len() == 200).await;
    assert_eq!(of_both(&a, &b), expected(0..200));
    // Nothing was read twice: what the first had committed was not begun again.
    assert_eq!(a.read.len() + b.read.len(), 200);

    b.commit().await;
    b.close().await;
    a.until(|a| a.labels.len() == PARTITIONS).await.unwrap();
    produce(&topic, 200..300);
    a.until(|a| {
        expected(200..300)
            .iter()
            .all(|value| a.values().contains(value.as_str()))
    })
    .await
    .unwrap();
    a.commit().await;
    assert_eq!(
        kafka.committed(&topic, &topic).unwrap(),
        [(0, 75), (1, 75), (2, 75), (3, 75)]
    );
    a.close().await;
}

#[tokio::test]
async fn what_was_not_committed_is_read_again_by_the_next_member() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("again", PARTITIONS).unwrap();
    produce(&topic, 0..40);
    let mut a = Reader::open(source(kafka, &topic, &topic), how(false)).await.unwrap();
    a.until(|a| a.read.len() == 40).await.unwrap();
    a.close().await;
    assert_eq!(Reader::all(source(kafka, &topic, &topic)).await.unwrap().len(), 40);
    assert_eq!(Reader::all(source(kafka, &topic, &topic)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_partition_added_later_is_read_from_its_beginning() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("added", 1).unwrap();
    produce(&topic, 0..1);
    let mut reader = Reader::open(source(kafka, &topic, &topic).start(start::latest()), how(false))
        .await
        .unwrap();
    reader.until(|reader| reader.caught_up.len() == 1).await.unwrap();
    kafka.add_partitions(&topic, 2).unwrap();
    // Written before the reader can know of the partition.
    kafka.produce(&topic, [Message::new("new").partition(1)]).unwrap();
    reader.until(|reader| reader.values().contains("new")).await.unwrap();
    assert_eq!(reader.values(), ["new"].into());
    reader.close().await;
}

/// A member that is not asked for more, because the pipeline is busy, is not taken for dead.
#[tokio::test]
async fn a_member_that_may_not_fetch_stays_in_its_group() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("busy", PARTITIONS).unwrap();
    produce(&topic, 0..200);
    let member = || {
        let limits = [("session.timeout.ms", 1500), ("max.poll.interval.ms", 1500)];
        let source = source(kafka, &topic, &topic);
        limits
            .into_iter()
            .fold(source, |source, (key, value)| source.config(key, value))
    };
    let mut small = how(false);
    small.chunk_rows = 1;
    let mut a = Reader::open(member(), small).await.unwrap();
    a.until(|a| !a.read.is_empty()).await.unwrap();
    let mut b = Reader::open(member(), how(false)).await.unwrap();
    // Longer than either limit. The first member says nothing all the while, and yet the second gets its share alone.
    let waited = tokio::time::timeout(Duration::from_secs(4), b.until(|b| b.labels.len() == PARTITIONS)).await;
    assert!(waited.is_err(), "the first member was taken for dead");
    assert_eq!(b.labels.len(), PARTITIONS / 2);
    both(&mut a, &mut b, |a, b| of_both(a, b).len() == 200).await;
    assert_eq!(a.labels.len(), PARTITIONS / 2);
    // It has also found out what is left to do.
    assert!(a.labels.values().all(|label| a.lag[label] == 0), "{:?}", a.lag);
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn the_older_assignment_protocol_works_too() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("eager", PARTITIONS).unwrap();
    let member = || {
        let source = source(kafka, &topic, &topic).config("partition.assignment.strategy", "range");
        Reader::open(source, how(false))
    };
    produce(&topic, 0..40);
    let mut a = member().await.unwrap();
    a.until(|a| a.read.len() == 40).await.unwrap();
    a.commit().await;
    let mut b = member().await.unwrap();
    both(&mut a, &mut b, |a, b| a.labels.len() == 2 && b.labels.len() == 2).await;
    produce(&topic, 40..80);
    both(&mut a, &mut b, |a, b| of_both(a, b).len() == 80).await;
    assert_eq!(a.read.len() + b.read.len(), 80);
    a.close().await;
    b.close().await;
}

/// The brokers share the partitions out themselves (KIP-848).
#[tokio::test]
async fn the_newer_group_protocol_works_too() {
    let brokers = shared().unwrap();
    let topic = brokers.fresh_topic("newer", PARTITIONS).unwrap();
    let member = || {
        let source = kafka(&topic).brokers(brokers.bootstrap()).group(&topic);
        Reader::open(source.config("group.protocol", "consumer"), how(false))
    };
    produce(&topic, 0..40);
    let mut a = member().await.unwrap();
    a.until(|a| a.read.len() == 40).await.unwrap();
    a.commit().await;
    let mut b = member().await.unwrap();
    both(&mut a, &mut b, |a, b| a.labels.len() == 2 && b.labels.len() == 2).await;
    produce(&topic, 40..80);
    both(&mut a, &mut b, |a, b| of_both(a, b).len() == 80).await;
    assert_eq!(a.read.len() + b.read.len(), 80);
    a.close().await;
    b.close().await;
}

/// A batch keeps its chunks until it closes. Those of a partition that went to another member and came back do not silence it.
#[tokio::test]
async fn a_partition_that_comes_back_is_read_whatever_is_still_kept_of_it() {
    let kafka = shared().unwrap();
    let topic = kafka.fresh_topic("back", PARTITIONS).unwrap();
    produce(&topic, 0..40);
    let mut a = Reader::open(source(kafka, &topic, &topic), how(false)).await.unwrap();
    a.keep = Some(Vec::new());
    a.until(|a| a.read.len() == 40).await.unwrap();
    a.commit().await;
    let mut b = Reader::open(source(kafka, &topic, &topic), how(false)).await.unwrap();
    both(&mut a, &mut b, |a, b| a.places().len() == 2 && b.places().len() == 2).await;
    b.close().await;
    a.until(|a| a.places().len() == 4).await.unwrap();
    // The batch closes.
    assert!(a.keep.replace(Vec::new()).is_some_and(|kept| kept.len() >= 4));
    for round in 1..4 {
        let numbers = 40 * round..40 * (round + 1);
        produce(&topic, numbers.clone());
        let all = expected(0..numbers.end);
        a.until(|a| a.values().len() == all.len()).await.unwrap();
        a.keep = Some(Vec::new());
    }
    assert_eq!(a.read.len(), 160, "nothing twice");
    a.close().await;
}
