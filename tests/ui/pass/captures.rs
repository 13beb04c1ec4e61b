//! A variable may be used as often as one likes, and by `move` closures, wherever the expansion cuts the pipeline.
#![deny(warnings, clippy::pedantic)]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use streaming_runtime::stream_pipeline;

#[test]
fn shared_by_all_closures() {
    let blocked = HashSet::from(["the".to_owned()]);
    let suffix = String::from("!");
    let seen = Arc::new(AtomicBool::new(false));
    let counter = Arc::clone(&seen);
    let pipeline = stream_pipeline!({
        let words = memory(vec!["the quick brown fox"])
            .flat_map(|line| line.split(' '))
            .filter(move |word| !blocked.contains(*word))
            .inspect(move |_| counter.store(true, Ordering::Relaxed));
        let keyed = words.key_by(|word| word.len() + suffix.len());
        let joined = keyed.batch().fold(suffix.clone(), |text, word| text + &word + &suffix);
        let longest = keyed
            .batch()
            .reduce(|a, b| if a.len() + suffix.len() > b.len() { a } else { b });
        let counts = keyed.batch().agg((key(), suffix.len(), count()));
        joined.filter(|(_, text)| !blocked.contains(text)).print();
        longest.map(|(_, word)| word + &suffix).print();
        counts.inspect(|_| counter.store(false, Ordering::Relaxed)).print();
    });
    assert!(pipeline.explain().to_string().contains("longest"));
    assert!(!seen.load(Ordering::Relaxed));
}

#[test]
fn cloned_in_the_pipeline_and_used_afterwards() {
    let words = vec!["a".to_owned()];
    let pipeline = stream_pipeline!({
        let known = words.clone();
        memory(vec!["a", "b"])
            .filter(|line| known.iter().any(|word| word == **line))
            .print();
    });
    drop(pipeline);
    assert_eq!(words, ["a"]);
}

#[test]
fn results_may_be_looked_at() {
    let pipeline = stream_pipeline!({
        let numbers = memory(vec!["1", "x"]).map(|text| text.parse::<u64>());
        numbers.filter(|number| number.is_ok() && *number != Ok(0)).print();
        numbers
            .filter_map(|number| number.ok().filter(|number| *number > 3))
            .print();
        let (good, bad) = numbers.split(|number| *number != Ok(3));
        good.print();
        bad.print();
        // A closure may shadow its parameter with the value.
        numbers
            .filter(|number| number.as_ref().is_ok_and(|number| *number > 3))
            .print();
    });
    drop(pipeline);
}
