//! The Kafka example against a real broker.

use std::process::Command;

use test_services::kafka::shared;

#[test]
fn kafka_totals() {
    let kafka = shared().expect("a broker");
    for topic in ["orders", "orders.dead", "orders.late", "totals"] {
        kafka.create_topic(topic, 2).expect("a topic");
    }
    let order = |user: &str, at: i64| format!(r#"{{"user":"{user}","at":{at},"cents":250}}"#);
    kafka
        .produce(
            "orders",
            // An escape: this name cannot be borrowed.
            [order("ann", 1_000), order(r"\u0061nn", 2_000), "no order".to_owned()],
        )
        .expect("orders");

    let test = std::env::current_exe().expect("the path of this test");
    let program = test
        .ancestors()
        .nth(2)
        .expect("target/PROFILE")
        .join("examples/kafka_totals");
    let output = Command::new(program)
        .arg(kafka.bootstrap())
        .output()
        .expect("the example starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let totals = kafka.read_stable("totals").expect("totals");
    let texts: Vec<_> = totals
        .iter()
        .map(|record| String::from_utf8_lossy(record.value.as_ref().expect("a value")))
        .collect();
    assert_eq!(texts, [r#"{"user":"ann","from":0,"orders":2,"cents":500}"#]);
    assert_eq!(totals[0].key.as_deref(), Some(&b"ann"[..]));
    let dead = kafka.read_stable("orders.dead").expect("dead letters");
    assert_eq!(dead[0].value.as_deref(), Some(&b"no order"[..]));
}
