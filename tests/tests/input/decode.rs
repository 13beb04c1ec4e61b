//! Decodes, and what cannot be read.

use serde::{Deserialize, Serialize};
use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order<'a> {
    user: &'a str,
    amount: f64,
}

#[test]
fn json_may_borrow_from_the_payload() {
    let pipeline = stream_pipeline!({
        let orders = stdin().json::<Order<'_>>();
        let sums = orders
            .key_by(|order| order.user)
            .batch()
            .agg((key(), sum(|order| order.amount)));
        sums.print();
        orders
            .map(|order, meta| format!("{}: {}", meta.offset(), order.user))
            .print();
    });
    let mut driver = pipeline.test();
    driver.push(
        "orders",
        [
            r#"{"user":"ann","amount":1.5}"#,
            r#"{"user":"bob","amount":1}"#,
            r#"{"user":"ann","amount":1}"#,
        ],
    );
    driver.finish();
    assert_eq!(
        driver.output("sums.print").sorted(),
        ["(\"ann\", 2.5)", "(\"bob\", 1.0)"]
    );
    assert_eq!(driver.output("orders.print").len(), 3);
}

#[test]
fn what_cannot_be_read_fails_the_batch() {
    let pipeline = stream_pipeline!({
        let orders = stdin().json::<Order<'_>>();
        orders.map(|order| order.amount).print();
    });
    let mut driver = pipeline.test();
    driver.push("orders", [r#"{"user":"ann","amount":1.5}"#, "nonsense"]);
    let error = driver.try_tick().expect_err("the second line is no JSON").to_string();
    assert!(error.contains("cannot decode JSON into `Order`"), "{error}");
    assert!(
        driver.output("orders.print").is_empty(),
        "nothing of the batch is written"
    );
}

#[test]
fn what_cannot_be_read_is_skipped_or_kept() {
    let pipeline = stream_pipeline!({
        let skipped = stdin().json::<f64>().on_error(skip);
        skipped.print();
        let read = memory(vec![0u8]).map(|n| *n);
        read.print();
        let kept = files("unused").lines().on_error(dead_letter(files("dead").jsonl()));
        kept.print();
        let errors = socket("localhost:1").json::<f64>();
        errors.print();
        errors.errors().map(|letter| letter.payload.len()).print();
    });
    let mut driver = pipeline.test();
    driver.push("skipped", ["1", "x", "2"]);
    driver.push("errors", ["1", "xyz", "2"]);
    driver.push("kept", ["fine"]);
    driver.finish();
    assert_eq!(driver.output("skipped.print").text(), ["1", "2"]);
    assert_eq!(driver.output("errors.print").text(), ["1", "2"]);
    assert_eq!(driver.output("errors.errors.print").text(), ["3"]);
    assert_eq!(driver.output("kept.print").text(), ["fine"]);
}

#[test]
fn csv_is_read_by_its_header() {
    let pipeline = stream_pipeline!({
        let orders = stdin()
            .csv::<Order<'_>>(delimiter = b';')
            .on_error(dead_letter(files("dead").jsonl()));
        orders.map(|order| format!("{} {}", order.user, order.amount)).print();
    });
    let mut driver = pipeline.test();
    driver.push("orders", ["amount;user", "1.5;ann", "x;bob", "2;\"c;d\""]);
    driver.finish();
    assert_eq!(driver.output("orders.print").text(), ["ann 1.5", "c;d 2"]);
    assert_eq!(driver.output("orders.errors.files").len(), 1);
}

#[test]
fn a_source_is_read_once_by_several_decodes() {
    let pipeline = stream_pipeline!({
        let raw = stdin();
        let lines = raw.lines();
        let numbers = raw.json::<i64>().on_error(skip);
        lines.print();
        numbers.print();
    });
    let mut driver = pipeline.test();
    driver.push("raw", ["1", "two", "3"]);
    driver.finish();
    assert_eq!(driver.output("lines.print").text(), ["1", "two", "3"]);
    assert_eq!(driver.output("numbers.print").text(), ["1", "3"]);
    let progress = driver.progress().expect("a batch was written");
    let rows: Vec<u64> = progress.operators.iter().map(|operator| operator.rows).collect();
    assert_eq!(rows, [3, 3, 2, 3, 2], "the source, its decodes, the sinks");
    assert_eq!(progress.errors, 1);
}
