//! The pipeline.

use streaming_runtime::stream_pipeline;

use super::{WordCount, words};
use crate::harness::Measured;
use crate::ours::{Pieces, lines};

pub(super) fn run(threads: usize, text: &'static str, n: usize) -> Measured {
    let rows = Pieces::new();
    let kept = rows.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);

        let lines = source(lines(text.as_bytes())).lines();
        let all = lines.flat_map(words);
        let counts = all.key_by(|word| *word).batch().agg(WordCount {
            word: key(),
            count: count(),
        });
        counts.to(sink(kept));
    });
    Measured::of(n, || {
        pipeline.threads(threads).start().join().expect("the pipeline runs");
        rows.take()
    })
}
