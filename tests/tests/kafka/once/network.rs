//! A network that loses, delays and doubles the requests of transactions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use streaming_runtime::run::Run;
use streaming_runtime::sink::Sink;
use streaming_tests::random::Random;
use test_services::kafka::Kafka;
use test_services::kafka::proxy::{Fault, Proxy, request};

use super::instance::{Instance, assert_visible, once, records, sink_at, visible};
use super::kill::{Scene, assert_copied, assert_counted, line, tick};
use super::member::Member;
use crate::reader::PATIENCE;

/// The requests of a transaction.
const REQUESTS: [i16; 5] = [
    request::PRODUCE,
    request::ADD_PARTITIONS,
    request::ADD_OFFSETS,
    request::END_TRANSACTION,
    request::OFFSETS,
];

/// How often each fault strikes in a test of a whole pipeline.
const TIMES: usize = 12;

async fn open(kafka: &Kafka, proxy: &Proxy, prefix: &str) -> (Instance, String) {
    let topic = kafka.fresh_topic(prefix, 2).unwrap();
    let instance = Instance::at(&proxy.bootstrap(), &topic, &[&topic]).await.unwrap();
    (instance, topic)
}

/// The last batch that counts, as a successor finds it.
async fn decided(kafka: &Kafka, topic: &str) -> Option<u64> {
    let mut successor = Instance::open(kafka, topic, &[topic]).await.unwrap();
    let decided = successor.decided().await;
    successor.close().await;
    decided
}

/// What the client asked first, and asked again when it lost the connection, comes when the next transaction is complete but for its commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_comes_late_does_nothing_to_the_next_transaction() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    for request in REQUESTS {
        let (mut instance, topic) = open(&kafka, &proxy, "late").await;
        instance.write(0, &records(0)).await.unwrap();
        proxy.next(request, Fault::Held);
        instance.write(1, &records(1)).await.unwrap();
        assert_eq!(proxy.held(), 1, "request {request}");
        instance.prepare(2, &records(2)).await.unwrap();
        proxy.release();
        assert_visible(&kafka, &topic, &once(0..=1)).await;
        instance.commit(2).await.unwrap();
        assert_eq!(visible(&kafka, &topic), once(0..=2), "after request {request}");
        assert_eq!(decided(&kafka, &topic).await, Some(2), "after request {request}");
        instance.close().await;
    }
}

/// The request that aborts a transaction comes when the next one has its marker and the records of its first sink: what the second sink sends
/// would begin a transaction of its own, and that would be committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_that_comes_late_does_nothing_to_the_next_transaction() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    let [first, second] = ["first", "second"].map(|prefix| kafka.fresh_topic(prefix, 1).unwrap());
    let topics = [first.as_str(), second.as_str()];
    let mut instance = Instance::at(&proxy.bootstrap(), &first, &topics).await.unwrap();
    instance.write(0, &records(0)).await.unwrap();
    instance.prepare(1, &records(1)).await.unwrap();
    proxy.next(request::END_TRANSACTION, Fault::Held);
    instance.abort(1).await;
    assert_eq!(proxy.held(), 1);
    instance.prepare_one(0, 1, &records(2)).await.unwrap();
    proxy.release();
    instance.prepare_one(1, 1, &records(2)).await.unwrap();
    instance.commit(1).await.unwrap();
    for topic in topics {
        assert_eq!(visible(&kafka, topic), once([0, 2]));
    }
    instance.close().await;
    assert_eq!(decided(&kafka, &first).await, Some(1));
}

/// A broker that has just come back may lose the end of a transaction, as long as it does not take offsets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_behind_a_lost_connection_offers_the_marker_first() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    let (mut instance, topic) = open(&kafka, &proxy, "behind").await;
    let good = [request::END_TRANSACTION].as_slice();
    let lost = [request::ADD_OFFSETS, request::OFFSETS, request::END_TRANSACTION].as_slice();
    for (batch, fault, expected) in [(0, None, good), (1, Some(Fault::LoseAnswer), lost)] {
        if let Some(fault) = fault {
            proxy.next(request::PRODUCE, fault);
        }
        instance.prepare(batch, &records(batch)).await.unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noting = Arc::clone(&asked);
        proxy.decide(move |kind| {
            if REQUESTS.contains(&kind) {
                noting.lock().unwrap().push(kind);
            }
            None
        });
        instance.commit(batch).await.unwrap();
        assert_eq!(*asked.lock().unwrap(), expected, "{fault:?}");
        assert_eq!(visible(&kafka, &topic), once(0..=batch), "{fault:?}");
    }
    instance.close().await;
}

/// A new producer costs more than a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_good_network_one_producer_writes_all() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    let (mut instance, topic) = open(&kafka, &proxy, "good").await;
    let producers = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&producers);
    proxy.decide(move |kind| {
        counting.fetch_add(usize::from(kind == request::BEGIN_PRODUCER), Ordering::Relaxed);
        None
    });
    for batch in 0..9 {
        instance.write(batch, &records(batch)).await.unwrap();
        instance.prepare(batch + 1, &records(batch)).await.unwrap();
        instance.abort(batch + 1).await;
    }
    instance.close().await;
    assert_eq!(visible(&kafka, &topic), once(0..9));
    assert_eq!(producers.load(Ordering::Relaxed), 0, "producers after the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_gets_over_a_fault_of_each_request() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    let (mut instance, topic) = open(&kafka, &proxy, "each").await;
    let mut batch = 0;
    for request in REQUESTS {
        for fault in [
            Fault::Delay(Duration::from_millis(20)),
            Fault::Twice,
            Fault::LoseRequest,
            Fault::LoseAnswer,
        ] {
            let struck = Struck::default();
            let counting = struck.clone();
            proxy.decide(move |kind| (kind == request && counting.total() == 0).then(|| counting.strike(fault)));
            instance.write(batch, &records(batch)).await.unwrap();
            assert_eq!(struck.total(), 1, "{fault:?} of request {request}");
            batch += 1;
        }
    }
    instance.close().await;
    let mut expected = once(0..batch);
    expected.sort();
    assert_eq!(visible(&kafka, &topic), expected);
    assert_eq!(decided(&kafka, &topic).await, Some(batch - 1));
}

/// Nothing is heard of a commit for as long as a transaction may last. Only the marker tells then whether the brokers have done it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_is_looked_up() {
    let (kafka, proxy) = Kafka::start_with_proxy().unwrap();
    for (first, name) in [(Fault::LoseAnswer, "done"), (Fault::LoseRequest, "not-done")] {
        let topic = kafka.fresh_topic(name, 2).unwrap();
        let run = Run::checkpointed("tests", &topic, false);
        let mut sink = sink_at(&proxy.bootstrap(), &topic).config("transaction.timeout.ms", 2_000);
        sink.open(&run).await.unwrap();
        let mut instance = Instance { run, sinks: vec![sink] };
        instance.write(0, &records(0)).await.unwrap();
        instance.prepare(1, &records(1)).await.unwrap();
        let mut fault = Some(first);
        proxy.decide(move |kind| {
            if kind == request::BEGIN_PRODUCER {
                fault = None;
            }
            let now = fault.filter(|_| kind == request::END_TRANSACTION)?;
            // All that the client asks again is lost.
            fault.replace(Fault::LoseRequest);
            Some(now)
        });
        instance.commit(1).await.unwrap();
        assert_eq!(visible(&kafka, &topic), once(0..=1), "{first:?}");
        assert_eq!(instance.decided().await, Some(1), "{first:?}");
        instance.write(2, &records(2)).await.unwrap();
        assert_eq!(visible(&kafka, &topic), once(0..=2), "{first:?}");
        instance.close().await;
    }
}

/// How often each fault has struck.
#[derive(Debug, Clone, Default)]
struct Struck(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Struck {
    fn strike(&self, fault: Fault) -> Fault {
        *self.0.lock().unwrap().entry(name(fault)).or_default() += 1;
        fault
    }

    fn total(&self) -> usize {
        self.0.lock().unwrap().values().sum()
    }
}

fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Delay(_) => "delayed",
        Fault::Twice => "twice",
        Fault::LoseRequest => "request lost",
        Fault::LoseAnswer => "answer lost",
        Fault::Late(_) => "late",
        Fault::Held => "held",
    }
}

/// The faults that strike a running pipeline. A late request comes in about the next transaction.
fn fault(which: u64, random: &mut Random) -> Fault {
    match which {
        0 => Fault::Delay(Duration::from_millis(random.below(40))),
        1 => Fault::Twice,
        2 => Fault::LoseRequest,
        3 => Fault::LoseAnswer,
        _ => Fault::Late(Duration::from_millis(random.below(400))),
    }
}

/// Runs the member while each fault strikes on its own, and then all of them; kills it now and then, so that the next one has to find out what
/// was decided.
fn through_every_fault(scene: &mut Scene, proxy: &Proxy, member: &mut Member, message: impl Fn(u64) -> String) {
    let all = Struck::default();
    for phase in 0..6 {
        let mut random = Random::new(phase);
        let wanted = all.total() + TIMES;
        let counting = all.clone();
        proxy.decide(move |kind| {
            let strikes = REQUESTS.contains(&kind) && random.one_in(5);
            strikes.then(|| {
                let which = if phase == 5 { random.below(5) } else { phase };
                counting.strike(fault(which, &mut random))
            })
        });
        let begun = Instant::now();
        while all.total() < wanted {
            assert!(begun.elapsed() < 2 * PATIENCE, "{all:?}; {:#?}", member.ended);
            member.start();
            scene.produce(&message);
        }
        scene.kill(member);
    }
    proxy.calm();
    println!("{all:?}");
}

#[test]
fn a_pipeline_without_state_gets_over_a_bad_network() {
    let test = "copy over a bad network";
    let (brokers, proxy) = Kafka::start_with_proxy().unwrap();
    let mut scene = Scene::with(test, brokers, proxy.bootstrap());
    let mut member = scene.member("copy", "a");
    through_every_fault(&mut scene, &proxy, &mut member, line);
    let mut members = [member];
    assert_copied(&scene, &mut members);
    scene.report(test, &members);
}

#[test]
fn a_pipeline_with_state_gets_over_a_bad_network() {
    let test = "count over a bad network";
    let (brokers, proxy) = Kafka::start_with_proxy().unwrap();
    let mut scene = Scene::with(test, brokers, proxy.bootstrap());
    let mut member = scene.member("count", "a");
    through_every_fault(&mut scene, &proxy, &mut member, tick);
    let mut members = [member];
    assert_counted(&mut scene, &mut members);
    scene.report(test, &members);
}
