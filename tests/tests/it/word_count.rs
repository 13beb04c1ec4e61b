//! The first pipeline anyone writes.

use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

#[test]
fn words_of_every_batch_are_counted() {
    let pipeline = stream_pipeline!({
        let lines = stdin().lines();
        let words = lines.flat_map(|line| line.split_whitespace());
        let counts = words.key_by(|word| *word).batch().count();
        counts.map(|(word, n)| format!("{word} {n}")).print();
    });
    let mut driver = pipeline.test();
    driver.push("lines", ["the quick brown fox", "the lazy dog"]);
    driver.tick();
    assert_eq!(
        driver.take_output("counts.print").sorted(),
        ["brown 1", "dog 1", "fox 1", "lazy 1", "quick 1", "the 2"]
    );
    driver.push("lines", ["the end"]);
    driver.tick();
    assert_eq!(
        driver.output("counts.print").sorted(),
        ["end 1", "the 1"],
        "each batch stands for itself"
    );
}

#[test]
fn captured_variables_are_configuration() {
    let blocked = std::collections::HashSet::from(["the"]);
    let least = 4;
    let pipeline = stream_pipeline!({
        let words = memory(vec!["the quick brown fox".to_owned()])
            .flat_map(|line| line.split(' '))
            .filter(|word| !blocked.contains(*word))
            .filter(|word| word.len() >= least);
        words.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["the quick brown fox"]);
    driver.finish();
    assert_eq!(driver.output("words.print").text(), ["quick", "brown"]);
}

stream_pipeline!(
    /// Counts the words of these lines.
    fn word_count(lines: Vec<String>, counts: Collected<(String, u64)>) {
        settings(trigger = available_now, threads = 2);

        let words = memory(lines).flat_map(|line| line.split_whitespace());
        let totals = words.key_by(|word| *word).running(unbounded).count();
        totals.to(collect(counts));
    }
);

#[test]
fn a_function_of_lines_runs_on_threads() {
    let counts = Collected::new();
    let lines = vec!["a b a".to_owned(), "b a".to_owned()];
    word_count(lines, counts.clone())
        .run_blocking()
        .expect("the pipeline runs");
    let mut counts = counts.take();
    counts.sort();
    assert_eq!(counts, [("a".to_owned(), 3), ("b".to_owned(), 2)]);
}
