//! Records that a sink refuses: skipped or dead-lettered, counted, and nothing of them is left in the output.

use serde::{Deserialize, Serialize};
use streaming_runtime::progress::BatchProgress;
use streaming_runtime::stream_pipeline;
use streaming_runtime::testing::json;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    id: u64,
    of: f64,
}

/// The part of a whole, which JSON cannot hold where the whole is 0.
#[derive(Debug, Clone, Serialize)]
struct Share {
    id: u64,
    share: f64,
}

fn parts(of: &[(u64, f64)]) -> Vec<Part> {
    of.iter().map(|&(id, of)| Part { id, of }).collect()
}

fn share(part: &Part) -> Share {
    let Part { id, of } = *part;
    Share { id, share: 1.0 / of }
}

/// Used, filtered, skipped, dead-lettered.
fn fates(batch: &BatchProgress) -> [u64; 4] {
    let totals = batch.totals;
    let fates = [totals.used, totals.filtered, totals.skipped, totals.dead_lettered];
    assert_eq!(fates.iter().sum::<u64>() + totals.late, totals.rows_in, "{totals:?}");
    assert_eq!(totals.errors, totals.skipped + totals.dead_lettered);
    fates
}

fn written(batch: &BatchProgress, sink: &str) -> u64 {
    batch
        .sinks
        .iter()
        .find(|known| known.name == sink)
        .expect("a sink")
        .rows
}

#[test]
fn a_record_without_a_form_is_skipped() {
    let pipeline = stream_pipeline!({
        let parts = stdin().json::<Part>().on_error(skip);
        let shares = parts.filter(|part| part.id != 9).map(|part| share(&part));
        shares.to(files("out").jsonl().on_error(skip));
    });
    let mut driver = pipeline.test();
    driver.push("parts", json(parts(&[(1, 2.0), (2, 0.0), (3, 4.0), (9, 0.0)])));
    driver.push("parts", "nonsense");
    driver.finish();
    let out = driver.output("shares.files").text();
    assert_eq!(out, [r#"{"id":1,"share":0.5}"#, r#"{"id":3,"share":0.25}"#]);
    let batch = driver.progress().unwrap();
    assert_eq!(fates(batch), [2, 1, 2, 0]);
    assert_eq!(written(batch, "shares.files"), 2);
    let errors = |name: &str| {
        batch
            .operators
            .iter()
            .find(|operator| operator.name == name)
            .unwrap()
            .errors
    };
    assert_eq!(errors("shares.files"), 1);
}

#[test]
fn a_record_without_a_form_is_a_dead_letter() {
    let pipeline = stream_pipeline!({
        let parts = stdin().json::<Part>();
        let shares = parts.map(|part| share(&part));
        shares.to(files("out").jsonl().on_error(dead_letter(files("dead").jsonl())));
        parts.map(|part| part.id).print();
    });
    let mut driver = pipeline.test();
    driver.push("parts", json(parts(&[(1, 2.0), (2, 0.0)])));
    driver.finish();
    assert_eq!(driver.output("shares.files").text(), [r#"{"id":1,"share":0.5}"#]);
    let letters = driver.output("shares.errors.files").text();
    let letter: serde_json::Value = serde_json::from_str(&letters[0]).unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letter["source"], "shares.files");
    assert!(letter["place"].as_str().unwrap().starts_with("parts"), "{letter}");
    assert_eq!(letter["offset"], 18);
    assert_eq!(letter["payload"], r#"{"id":2,"share":null}"#);
    assert!(
        letter["error"]
            .as_str()
            .unwrap()
            .contains("cannot write a record as JSON"),
        "{letter}"
    );
    let batch = driver.progress().unwrap();
    // It went elsewhere, too, and counts once.
    assert_eq!(fates(batch), [1, 0, 0, 1]);
    assert_eq!(
        (written(batch, "shares.files"), written(batch, "shares.errors.files")),
        (1, 1)
    );
}

#[test]
fn a_row_without_columns_behind_an_aggregate_is_a_dead_letter() {
    let pipeline = stream_pipeline!({
        let parts = stdin().json::<Part>();
        let all = parts
            .key_by(|part| part.id % 2)
            .batch()
            .agg((key(), collect(|part| part.id)));
        let first = all.map(|(key, ids)| (key, (ids.len() > 1).then_some(ids)));
        first.to(files("out")
            .csv()
            .columns(["key", "ids"])
            .on_error(dead_letter(files("dead").jsonl())));
    });
    let mut driver = pipeline.test();
    driver.push("parts", json(parts(&[(1, 1.0), (2, 1.0), (3, 1.0)])));
    driver.finish();
    let letters = driver.output("first.errors.files").text();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(
        letters[0].contains(r#""place":"first.files","offset":0"#),
        "{letters:?}"
    );
    assert!(letters[0].contains(r#""payload":"[1,[1,3]]""#), "{letters:?}");
    assert_eq!(driver.output("first.files").text(), ["0,"]);
    let batch = driver.progress().unwrap();
    assert_eq!(fates(batch), [3, 0, 0, 0], "a result is no record of a source");
    assert_eq!(written(batch, "first.files"), 1);
}

#[test]
fn without_a_policy_the_batch_fails() {
    let pipeline = stream_pipeline!({
        let parts = stdin().json::<Part>();
        let shares = parts.map(|part| share(&part));
        shares.to(files("out").jsonl().on_error(fail));
    });
    let mut driver = pipeline.test();
    driver.push("parts", json(parts(&[(1, 2.0), (2, 0.0)])));
    let error = driver.try_tick().unwrap_err();
    assert!(error.to_string().contains("`shares.files` (files, line"), "{error}");
    assert!(!error.is_retryable());
    assert!(driver.output("shares.files").is_empty());
}
