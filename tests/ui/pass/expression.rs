//! The form of an expression, which takes what it needs from around it.
#![deny(warnings, clippy::pedantic)]

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

#[test]
fn takes_from_around_it() {
    let (limit, blocked) = (3, std::collections::HashSet::from(["the".to_owned()]));
    let counts = Collected::new();
    let handle = counts.clone();
    let pipeline = stream_pipeline!({
        let words = memory(vec!["the quick brown fox"]).flat_map(|line| line.split(' '));
        let long = words.filter(|word| word.len() > limit && !blocked.contains(*word));
        let counted = long.key_by(|word| *word).batch().count();
        counted.to(collect(handle));
    });
    assert!(pipeline.explain().to_string().contains("counted"));
    assert!(counts.is_empty());
}
