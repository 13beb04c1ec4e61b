//! Whole batches of whole pipelines take from the allocator per batch, not per record.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::testing::{Driver, Rows};
use streaming_runtime::{Graph, stream_pipeline};

const FEW: usize = 500;
const MANY: usize = 10 * FEW;

/// What grows with its content doubles: ten times as much is four doublings more, for each of the few buffers of a batch.
const GROWTH: u64 = 40;

/// Milliseconds of a second.
fn millis(order: &Order<'_>) -> i64 {
    i64::from(order.amount > 20.0) * 20
}

/// An order that borrows from the source's buffer.
#[derive(Serialize, Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    user: &'a str,
    #[serde(borrow)]
    note: Cow<'a, str>,
    amount: f64,
}

/// Encodes records as JSON lines, as the sinks of files and of Kafka do, and drops them when the batch is written.
struct Lines;

impl Sink for Lines {
    type Staged = Vec<u8>;
    type Encoder = Json;
    type Delivery = delivery::InMemory;

    fn encoder(&self) -> Json {
        Json
    }
    async fn prepare(&mut self, _: &BatchId, _: Vec<Vec<u8>>) -> Result<(), SinkError> {
        Ok(())
    }
    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        Ok(())
    }
    async fn abort(&mut self, _: &BatchId) {}
}

struct Json;

impl<T: Serialize> Encode<T, Vec<u8>> for Json {
    fn encode(&self, record: T, staged: &mut Vec<u8>) -> Result<(), SinkError> {
        serde_json::to_writer(&mut *staged, &record).map_err(|error| SinkError::new(error.to_string()))?;
        staged.push(b'\n');
        Ok(())
    }
}

/// Allocations of one batch of so many rows, once the pipeline has seen everything there is.
fn of_a_batch<G: Graph>(driver: &mut Driver<G>, source: &str, rows: impl Fn(usize) -> String, count: usize) -> u64 {
    let mut tick = |measured: bool| {
        let rows: Vec<String> = (0..count).map(&rows).collect();
        driver.push(source, Rows::from(rows));
        if measured {
            allocation_counter::measure(|| driver.tick()).count_total
        } else {
            driver.tick();
            0
        }
    };
    tick(false);
    tick(true)
}

fn check<G: Graph>(mut driver: Driver<G>, source: &str, rows: impl Fn(usize) -> String) {
    let few = of_a_batch(&mut driver, source, &rows, FEW);
    let many = of_a_batch(&mut driver, source, &rows, MANY);
    assert!(
        many <= few + GROWTH,
        "{few} allocations for a batch of {FEW} rows, {many} for one of {MANY}"
    );
}

#[test]
fn borrowed_json_to_encoded_output() {
    stream_pipeline!(
        fn large_orders() {
            let orders = stdin().json::<Order<'_>>();
            orders
                .filter(|order| order.amount > 10.0)
                .map(|order| Order {
                    amount: order.amount * 2.0,
                    ..order
                })
                .to(sink(Lines));
        }
    );
    let row = |n: usize| format!(r#"{{"user":"user {}","note":"a note","amount":{}}}"#, n % 7, n % 40);
    check(large_orders().test(), "orders", row);
}

#[test]
fn words_of_lines_counted_by_known_keys() {
    stream_pipeline!(
        fn word_count() {
            let lines = stdin().lines();
            let words = lines.flat_map(|line| line.split(' '));
            let counts = words.key_by(|word| *word).running(unbounded).count();
            counts.to(sink(Lines));
        }
    );
    let row = |n: usize| format!("the quick brown fox {} jumps over the lazy dog {}", n % 5, n % 11);
    check(word_count().test(), "lines", row);
}

#[test]
fn windows_over_known_keys() {
    stream_pipeline!(
        fn revenue() {
            let orders = stdin().json::<Order<'_>>().event_time(millis, max_delay = 1s);
            let totals = orders.key_by(|order| order.user).window(tumbling(20ms)).agg((
                key(),
                count(),
                sum(|order| order.amount),
                max(|order| order.amount),
                last(|order| order.user),
            ));
            totals.to(sink(Lines));
        }
    );
    let row = |n: usize| format!(r#"{{"user":"user {}","note":"a note","amount":{}}}"#, n % 7, n % 40);
    check(revenue().test(), "orders", row);
}

#[test]
fn state_by_hand_of_known_keys() {
    stream_pipeline!(
        fn lengths() {
            let lines = stdin().lines();
            let longest = lines
                .map(|line| (line.len() % 5, line.len()))
                .key_by(|line| line.0)
                .state::<usize>(unbounded)
                .on_event(|longest, line, cx| {
                    *longest = line.1.max(*longest);
                    cx.set_batch_timer(cx.batch_time());
                    cx.emit((line.0, *longest));
                })
                .on_timer(|longest, cx| cx.emit((*cx.key(), *longest)));
            longest.to(sink(Lines));
        }
    );
    check(lengths().test(), "lines", |n| "x".repeat(n % 40));
}

/// The measure itself works: a pipeline that makes a text of every record is found out.
#[test]
fn a_text_per_record_is_seen() {
    stream_pipeline!(
        fn texts() {
            let lines = stdin().lines();
            lines.map(str::to_uppercase).to(sink(Lines));
        }
    );
    let mut driver = texts().test();
    let many = of_a_batch(&mut driver, "lines", |n| format!("line {n}"), MANY);
    assert!(many >= MANY as u64, "{many} allocations");
}
