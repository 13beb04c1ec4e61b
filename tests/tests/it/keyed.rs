//! Aggregates over a batch and over everything so far.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use streaming_runtime::{key::Key, sink::Collected, stream_pipeline};

#[test]
fn running_aggregates_go_on_from_batch_to_batch() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let counts = words.key_by(|word| *word).running(ttl = 1h).count();
        counts.print();
        let longest = words
            .key_by(|word| word.chars().next())
            .running(unbounded)
            .reduce(|a, b| if (a.len(), &b) > (b.len(), &a) { a } else { b });
        longest.print();
        let texts = words
            .key_by(|word| word.len())
            .running(unbounded)
            .fold(String::new(), |text, word| text + &word);
        texts.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["apple", "ant", "bee"]);
    driver.tick();
    assert_eq!(
        driver.take_output("counts.print").sorted(),
        ["(\"ant\", 1)", "(\"apple\", 1)", "(\"bee\", 1)"]
    );
    assert_eq!(
        driver.take_output("longest.print").sorted(),
        ["(Some('a'), \"apple\")", "(Some('b'), \"bee\")"]
    );
    assert_eq!(
        driver.take_output("texts.print").sorted(),
        ["(3, \"antbee\")", "(5, \"apple\")"]
    );
    driver.push("words", ["ant", "avocado"]);
    driver.tick();
    assert_eq!(
        driver.output("counts.print").sorted(),
        ["(\"ant\", 2)", "(\"avocado\", 1)"],
        "only what changed"
    );
    assert_eq!(driver.output("longest.print").sorted(), ["(Some('a'), \"avocado\")"]);
    assert_eq!(
        driver.output("texts.print").sorted(),
        ["(3, \"antbeeant\")", "(7, \"avocado\")"]
    );
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Key)]
enum Place<T> {
    City { name: String, zip: T },
    Sea,
}

#[test]
fn a_type_of_ones_own_is_a_key() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let counts = words
            .key_by(|word| match word.split_once(' ') {
                Some((name, zip)) => Place::City {
                    name: name.to_owned(),
                    zip: zip.len(),
                },
                None => Place::Sea,
            })
            .running(unbounded)
            .count();
        counts.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["a 1", "b", "a 2", "c"]);
    driver.finish();
    assert_eq!(
        driver.output("counts.print").sorted(),
        ["(City { name: \"a\", zip: 1 }, 2)", "(Sea, 2)"]
    );
}

/// One `key_by` in front of several scopes and aggregates: its function runs once per record.
#[test]
fn one_key_serves_several_aggregates() {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = calls.clone();
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let keyed = words.key_by(|word| {
            counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            *word
        });
        let batch = keyed.batch();
        let counts = batch.count();
        counts.print();
        let lengths = batch.sum(|word| word.len());
        lengths.print();
        let last = keyed.running(unbounded).reduce(|_, b| b);
        last.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["a", "bb", "a"]);
    driver.finish();
    assert_eq!(driver.output("counts.print").sorted(), ["(\"a\", 2)", "(\"bb\", 1)"]);
    assert_eq!(driver.output("lengths.print").sorted(), ["(\"a\", 2)", "(\"bb\", 2)"]);
    assert_eq!(
        driver.output("last.print").sorted(),
        ["(\"a\", \"a\")", "(\"bb\", \"bb\")"]
    );
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 3);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stat {
    key: usize,
    again: usize,
    share: f64,
    text: String,
}

#[test]
fn an_agg_is_any_expression() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let stats = words.key_by(|word| word.len()).batch().agg({
            let share = (count() as f64) / f64::from(u32::try_from(sum(|word| word.len())).unwrap_or(1));
            Stat {
                key: key(),
                again: key() + key(),
                share,
                text: format!("{} of {}", count(), last(|word| *word)),
            }
        });
        stats.print();
        let plain = words.key_by(|word| word.len()).batch().agg(count());
        plain.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["aa", "bb"]);
    driver.finish();
    assert_eq!(
        driver.output("stats.print").text(),
        ["Stat { key: 2, again: 4, share: 0.5, text: \"2 of bb\" }"]
    );
    assert_eq!(driver.output("plain.print").text(), ["2"]);
}

#[test]
fn what_borrows_is_owned_where_it_rests() {
    let pairs = Collected::new();
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        words.to(collect(pairs.clone()));
        let firsts =
            words
                .key_by(|word| word.len())
                .batch()
                .agg((first(|word| *word), min(|word| word), collect(|word| *word)));
        firsts.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["bb", "aa"]);
    driver.finish();
    assert_eq!(
        driver.output("firsts.print").text(),
        ["(\"bb\", \"aa\", [\"bb\", \"aa\"])"]
    );
    let pairs: Vec<String> = pairs.take();
    assert_eq!(pairs, ["bb", "aa"]);
}

/// A key whose hash says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Key)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[test]
fn keys_with_the_same_hash_stay_apart() {
    let pipeline = stream_pipeline!({
        let numbers = stdin().json::<u32>();
        let counts = numbers.key_by(|n| Colliding(*n)).running(unbounded).count();
        counts.print();
    });
    let mut driver = pipeline.test();
    driver.push("numbers", ["1", "1", "2", "3", "3", "1"]);
    driver.tick();
    assert_eq!(
        driver.take_output("counts.print").sorted(),
        ["(Colliding(1), 3)", "(Colliding(2), 1)", "(Colliding(3), 2)"]
    );
    driver.push("numbers", ["2", "3"]);
    driver.tick();
    assert_eq!(
        driver.output("counts.print").sorted(),
        ["(Colliding(2), 2)", "(Colliding(3), 3)"]
    );
}

#[test]
fn zeros_and_nan_have_one_order_whatever_the_batches() {
    let extremes = |values: Vec<f64>, rows: u64| {
        let found = Collected::new();
        let out = found.clone();
        let pipeline = stream_pipeline!({
            settings(trigger = available_now, max_batch_rows = rows);
            let values = memory(values);
            let extremes = values.key_by(|_| 0).running(unbounded).agg((
                min(|value| *value),
                max(|value| value),
                max(|value| **value as f32),
                max(|value| (**value > 0.0, 1)),
            ));
            extremes.map(|found| format!("{found:?}")).to(collect(out));
        });
        pipeline.run_blocking().unwrap();
        found.take().pop().unwrap()
    };
    for rows in [1, 10] {
        for values in [vec![0.0, -0.0], vec![-0.0, 0.0]] {
            assert_eq!(extremes(values, rows), "(0.0, 0.0, 0.0, (false, 1))");
        }
        for values in [
            vec![f64::NAN, 1.0, -1.0],
            vec![1.0, f64::NAN, -1.0],
            vec![-1.0, 1.0, f64::NAN],
        ] {
            assert_eq!(extremes(values, rows), "(-1.0, NaN, NaN, (true, 1))");
        }
    }
}
