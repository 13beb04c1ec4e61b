//! `self` in the closures of a pipeline that a method builds, in one stage and in two.
#![deny(warnings, clippy::pedantic)]

use std::collections::HashSet;

use streaming_runtime::sink::Collected;
use streaming_runtime::{Graph, Pipeline, stream_pipeline};

/// Not `Clone`: the pipeline takes the fields that it uses.
struct Shop {
    limit: u64,
    blocked: HashSet<u64>,
    suffix: (String, u64),
    sold: Collected<String>,
}

impl Shop {
    fn new() -> Self {
        Self {
            limit: 2,
            blocked: HashSet::from([4]),
            suffix: ("!".to_owned(), 1),
            sold: Collected::new(),
        }
    }

    fn pipeline(&self, numbers: Vec<u64>) -> Pipeline<impl Graph + use<>> {
        let out = self.sold.clone();
        stream_pipeline!({
            settings(trigger = available_now, max_batch_rows = self.limit);
            let kept = memory(numbers).filter(|n| **n > self.limit && !self.blocked.contains(*n));
            let counts = kept
                .key_by(|n| **n % self.limit)
                .batch()
                .agg((key(), count(), sum(|n| **n + self.suffix.1)));
            let texts = counts.map(|(key, n, sum)| format!("{key}:{n}:{sum}{}", self.suffix.0));
            texts.filter(|text| text.len() as u64 > self.limit).to(collect(out));
        })
    }
}

#[test]
fn fields_of_a_borrowed_self() {
    let shop = Shop::new();
    shop.pipeline(vec![1, 3, 4, 5]).run_blocking().expect("it runs");
    assert_eq!(shop.sold.take(), ["1:1:4!", "1:1:6!"]);
    assert_eq!(shop.limit, 2);
}

#[derive(Clone)]
struct Rules(u64, Vec<u64>);

impl Rules {
    fn allows(&self, n: u64) -> bool {
        n > self.0 && !self.1.contains(&n)
    }

    fn by_reference(&self, out: Collected<u64>) -> Pipeline<impl Graph + use<>> {
        stream_pipeline!({
            settings(trigger = available_now);
            let kept = memory([1, 3, 4, 5]).filter(|n| self.allows(**n));
            let counts = kept.key_by(|n| **n % 2).batch().count();
            counts
                .filter(|(_, n)| self.allows(*n))
                .map(|(_, n)| n + self.0)
                .to(collect(out));
        })
    }

    fn by_value(self, out: Collected<u64>) -> Pipeline<impl Graph + use<>> {
        stream_pipeline!({
            settings(trigger = available_now);
            memory([1, 3, 4, 5])
                .filter(|n| self.allows(**n))
                .map(|n| *n)
                .to(collect(out));
        })
    }
}

#[test]
fn all_of_self() {
    let (out, rules) = (Collected::new(), Rules(1, vec![4]));
    rules.by_reference(out.clone()).run_blocking().expect("it runs");
    assert_eq!(out.take(), [3]);
    rules.by_value(out.clone()).run_blocking().expect("it runs");
    assert_eq!(out.take(), [3, 5]);
}
