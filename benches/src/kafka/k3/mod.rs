//! Kafka to Kafka exactly once, as soon as possible: how long a message takes at 10,000 messages a second.
//!
//! Latency is from just before a message is handed to the producer that makes the load to just after a consumer that reads what is committed has
//! it. The first three seconds do not count. Both sides filter nothing and change little: what is measured is the way. The table has rates, which
//! say nothing here, and processor time; the latencies are printed as the runs end.

mod hand;
mod ours;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rdkafka::config::ClientConfig;
use rdkafka::message::Message as _;
use rdkafka::producer::BaseProducer;
use serde::{Deserialize, Serialize};

use super::broker::{Input, drain, fresh_topic, input, send};
use super::{PARTITIONS, PATIENCE, consumer, next};
use crate::harness::{Case, Measured, Scale, Watch};

/// Messages a second.
const RATE: u64 = 10_000;
const WARM_UP: Duration = Duration::from_secs(3);
/// How long a broker that was just started is made warm: its code is compiled while it runs.
const COLD: u64 = 100;

/// A message, before and after.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ping {
    number: u64,
    /// Epoch microseconds at which it was sent.
    at: u64,
}

pub(crate) fn case(scale: &Scale) -> Case {
    let seconds = if scale.quick { 6 } else { 13 };
    let input = input(scale);
    if scale.kafka.is_none() && !scale.quick {
        run(input, COLD, "to warm the broker, by hand", hand::run);
    }
    Case::new(move |_| run(input, seconds, "hand", hand::run)).ours(move |threads| {
        run(input, seconds, "ours", |bootstrap, from, to, stop| {
            ours::run(threads, bootstrap, from, to, stop);
        })
    })
}

/// Runs one side until it is told to stop, and measures meanwhile.
fn run(
    input: Input,
    seconds: u64,
    who: &str,
    side: impl FnOnce(&'static str, &str, &str, &AtomicBool) + Send,
) -> Measured {
    let (from, to) = (fresh_topic(input.bootstrap), fresh_topic(input.bootstrap));
    let (messages, stop) = (RATE * seconds, AtomicBool::new(false));
    let watch = Watch::start();
    let latencies = thread::scope(|scope| {
        let (from, to, stop) = (&*from, &*to, &stop);
        scope.spawn(move || side(input.bootstrap, from, to, stop));
        scope.spawn(move || load(input.bootstrap, from, messages));
        let latencies = listen(input.bootstrap, to, messages);
        stop.store(true, Ordering::Release);
        latencies
    });
    let mut measured = watch.stop(messages);
    for number in 0..messages {
        measured.add_output(&number);
    }
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize] as f64 / 1e3;
    eprintln!(
        "  {who}: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, {:.2} processor seconds a second (load and listener included)",
        at(0.5),
        at(0.99),
        at(0.999),
        measured.cpu_seconds / measured.seconds
    );
    measured
}

/// Ten messages a millisecond, all of two milliseconds to one partition and then to the next, as Kafka's own producers do: what arrives together
/// travels in one request.
fn load(bootstrap: &str, topic: &str, messages: u64) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("linger.ms", "1")
        .create()
        .expect("the producer's settings are right");
    let start = Instant::now();
    let mut value = Vec::new();
    for number in 0..messages {
        let tick = number * 1_000 / RATE;
        let due = Duration::from_millis(tick);
        if let Some(early) = due.checked_sub(start.elapsed()).filter(|early| !early.is_zero()) {
            producer.poll(Duration::ZERO);
            thread::sleep(early);
        }
        value.clear();
        serde_json::to_writer(&mut value, &Ping { number, at: now() }).expect("it is JSON");
        send(&producer, topic, (tick / 2 % PARTITIONS as u64) as i32, &value);
    }
    drain(&producer);
}

/// Latencies in microseconds, sorted, once all messages have come: each once.
fn listen(bootstrap: &str, topic: &str, messages: u64) -> Vec<u64> {
    let consumer = consumer(bootstrap, "bench-listener", topic);
    let mut seen = vec![false; messages as usize];
    let (mut latencies, mut first) = (Vec::new(), None);
    for _ in 0..messages {
        let message = next(&consumer);
        let ping: Ping = serde_json::from_slice(message.payload().unwrap_or_default()).expect("a ping");
        let seen = &mut seen[ping.number as usize];
        assert!(!std::mem::replace(seen, true), "message {} came twice", ping.number);
        if ping.at >= *first.get_or_insert(ping.at) + WARM_UP.as_micros() as u64 {
            latencies.push(now() - ping.at);
        }
    }
    latencies.sort_unstable();
    latencies
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("after 1970").as_micros() as u64
}

/// How long a side that has nothing to do waits for a message.
const IDLE: Duration = Duration::from_millis(PATIENCE.as_millis() as u64 / 3_000);
