//! Closures and functions of the user's that pipelines call, in one stage and in several.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::redundant_closure_for_method_calls, clippy::useless_format)]

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

fn shown(value: impl Display) -> String {
    format!("<{value}>")
}

fn first<'a, T: From<&'a str>>(line: &'a str) -> T {
    line.split(' ').next().unwrap_or_default().into()
}

#[test]
fn a_closure_that_is_called_in_two_stages() {
    let out = Collected::new();
    let (handle, prefix) = (out.clone(), String::from(">"));
    let shout = move |text: &str| format!("{prefix}{}", text.to_uppercase());
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let words = memory(vec!["a b", "c"])
            .flat_map(|line| line.split(' '))
            .map(|word| shout(word));
        let counts = words.key_by(|word| word.len()).batch().count();
        counts.map(|(len, n)| shout(&format!("{len}x{n}"))).to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), [">2X3"]);
}

#[test]
fn a_closure_that_is_not_clone_in_one_stage() {
    struct Token(usize);
    let (token, out) = (Token(1), Collected::new());
    let handle = out.clone();
    let longer = move |word: &str| word.len() > { &token }.0;
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let words = memory(vec!["a", "bc"]).filter(|word| longer(word) && longer(word));
        words.map(|word| *word).to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["bc"]);
}

#[test]
fn by_name() {
    let (out, base) = (Collected::new(), vec![1_u64]);
    let handle = out.clone();
    let larger = move |n: &&u64| **n > base[0];
    let plus = |n: &u64| *n + 1;
    let most = |a: u64, b: u64| a.max(b);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = memory(vec![1_u64, 2, 3]).filter(larger).map(plus);
        let largest = numbers.key_by(|_| ()).batch().reduce(most);
        largest.map(|((), n)| n).map(shown).to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["<4>"]);
}

#[test]
fn functions_with_generics_in_several_stages() {
    let out = Collected::new();
    let handle = out.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let words = memory(vec!["a b".to_owned()]).map(|line| (first::<String>(line), shown(line), shown(1)));
        let counts = words.key_by(|word| word.0.clone()).batch().count();
        counts.map(|(word, n)| shown(word) + &shown(n)).to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["<a><1>"]);
}

#[test]
fn items_of_the_pipeline_in_two_stages() {
    let (out, limit) = (Collected::new(), 1);
    let handle = out.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        static SEEN: AtomicU64 = AtomicU64::new(0);
        #[allow(non_upper_case_globals)]
        static also_seen: AtomicU64 = AtomicU64::new(0);
        const FACTOR: u64 = 2;
        struct Row(u64);
        fn twice(n: u64) -> u64 {
            n * FACTOR
        }
        let rows = memory(vec![1, 2])
            .map(|n| Row(twice(*n)))
            .inspect(|row| _ = SEEN.fetch_add(row.0 + also_seen.load(Ordering::Relaxed), Ordering::Relaxed));
        let sums = rows.key_by(|_| 0).batch().sum(|row| row.0);
        sums.map(|(_, n)| Row(twice(n)))
            .inspect(|row| _ = also_seen.fetch_add(row.0, Ordering::Relaxed))
            .filter(|row| row.0 > limit)
            .map(|row| row.0 + SEEN.load(Ordering::Relaxed))
            .to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), [18]);
}

#[test]
fn a_name_that_one_closure_binds_anew() {
    let out = Collected::new();
    let (handle, limit, name, width) = (out.clone(), vec![1, 2], String::from("n"), 3);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let kept = memory(vec![1, 2, 3]).filter(|n| {
            let limit = limit.len();
            **n > limit
        });
        let sums = kept.key_by(|_| 0).batch().sum(|n| **n);
        let texts = sums.filter(|(_, n)| limit.iter().all(|limit| n > limit));
        texts
            .map(|(_, n)| format!(r#"{name}"{n:>width$}"{}"#, name.len()))
            .filter(|text| *text != format!("{name}"))
            .to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["n\"  3\"1"]);
}

#[test]
fn texts_in_two_stages() {
    let out = Collected::new();
    let (handle, prefix) = (out.clone(), String::from("p"));
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let texts = memory(vec![1]).map(|n| format!(r#""{prefix}{n}""#));
        let counts = texts.key_by(|text| text.as_str()).batch().count();
        counts
            .map(|(text, n)| format!(r"\{prefix}{text}{n}"))
            .to(collect(handle));
    });
    pipeline.run_blocking().expect("it runs");
    assert_eq!(out.take(), ["\\p\"p1\"1"]);
}
