//! What is known of a record beside its value, without an import.
#![deny(warnings, clippy::pedantic)]

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

#[test]
fn methods_of_meta() {
    let out = Collected::new();
    let handle = out.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = memory(vec![7, 8]).filter(|_, meta| meta.key().is_none() && meta.timestamp().is_none());
        numbers
            .map(|n, meta| format!("{} {} {n}", meta.place(), meta.offset()))
            .to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["memory 0 7", "memory 1 8"]);
}

#[test]
fn a_name_at_run_time() {
    let shop = String::from("berlin");
    let pipeline = stream_pipeline!({
        settings(name = format!("orders-{shop}"), trigger = available_now);
        memory([1]).print();
    });
    assert_eq!(pipeline.explain().pipeline, "orders-berlin");
    let pipeline = pipeline.name("orders-hamburg").boxed();
    assert_eq!(pipeline.explain().pipeline, "orders-hamburg");
}
