//! Attributes on any statement. `FALSE` is never configured.
#![deny(warnings, clippy::pedantic)]

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

stream_pipeline!(
    /// A pipeline with attributes.
    #[allow(clippy::needless_pass_by_value)]
    fn attributed(out: Collected<u64>, #[cfg(any())] nothing: u64, debug: Collected<String>) {
        /// How it runs.
        #[cfg(test)]
        settings(trigger = available_now);
        #[cfg(not(test))]
        settings(trigger = asap, nonsense = 1);
        /// A limit.
        #[allow(dead_code)]
        const LIMIT: u64 = 2;
        /// What is read.
        #[allow(clippy::redundant_closure_for_method_calls)]
        let numbers = memory(vec![1, 2, 3]);
        #[cfg(any())]
        let numbers = numbers.no_such_operator();
        /// What is kept.
        #[rustfmt::skip]
        #[cfg_attr(test, allow(clippy::clone_on_copy))]
        let kept = numbers.filter(|n| **n >= LIMIT).map(|n| n.clone());
        /// Where it goes.
        kept.to(collect(out));
        #[cfg(all())]
        #[allow(clippy::useless_format)]
        kept.map(|n| format!("{n}")).to(collect(debug));
        #[cfg(any())]
        kept.to(nowhere(nothing));
    }
);

#[test]
fn conditions_are_rustc_s() {
    let (out, debug) = (Collected::new(), Collected::new());
    attributed(out.clone(), debug.clone()).run_blocking().expect("it ends");
    assert_eq!(out.take(), [2, 3]);
    assert_eq!(debug.take(), ["2", "3"]);
}

#[test]
fn in_the_form_of_an_expression() {
    let out = Collected::new();
    let (handle, limit) = (out.clone(), 1);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = memory([1, 2, 3]);
        #[cfg(test)]
        let numbers2 = numbers.filter(|n| **n > limit);
        #[cfg(not(test))]
        let numbers2 = numbers;
        numbers2.map(|n| *n).to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), [2, 3]);
}
