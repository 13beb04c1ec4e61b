//! Forks, splits, branches and unions.

use streaming_runtime::testing::values;
use streaming_runtime::{sink::Collected, stream_pipeline};

#[derive(Debug, PartialEq)]
struct NoClone(u32);

#[test]
fn a_stream_is_read_by_many() {
    let taken = Collected::new();
    let pipeline = stream_pipeline!({
        let numbers = memory(vec![0u32]).map(|n| *n);
        let even = numbers.filter(|n| n % 2 == 0);
        even.print();
        even.map(|n| n * 10).print();
        numbers.filter_map(|n| (n > 2).then(|| format!("big {n}"))).print();
        numbers.flat_map(|n| 0..n).filter(|n| *n == 2).print();
        numbers.to(collect(taken.clone()));
    });
    let mut driver = pipeline.test();
    driver.push("numbers", values([1u32, 2, 3, 4]));
    driver.finish();
    assert_eq!(driver.output("even.print").text(), ["2", "4"]);
    assert_eq!(driver.output("even.print.2").text(), ["20", "40"]);
    assert_eq!(driver.output("numbers.print").text(), ["big 3", "big 4"]);
    assert_eq!(driver.output("numbers.print.2").text(), ["2", "2"]);
    assert_eq!(taken.take(), [1, 2, 3, 4]);
}

/// Only one of the readers takes the record; the others look at it.
#[test]
fn a_record_that_is_not_clone_is_looked_at_by_many_and_taken_by_one() {
    let pipeline = stream_pipeline!({
        let records = memory(vec![0u32]).map(|n| NoClone(*n));
        records.print();
        records.filter(|record| record.0 > 1).print();
        records.map(|record| record.0).print();
        let count = records.key_by(|record| record.0 % 2).batch().count();
        count.print();
    });
    let mut driver = pipeline.test();
    driver.push("records", values([1u32, 2, 3]));
    driver.finish();
    assert_eq!(
        driver.output("records.print").text(),
        ["NoClone(1)", "NoClone(2)", "NoClone(3)"]
    );
    assert_eq!(driver.output("records.print.2").text(), ["NoClone(2)", "NoClone(3)"]);
    assert_eq!(driver.output("records.print.3").text(), ["1", "2", "3"]);
    assert_eq!(driver.output("count.print").sorted(), ["(0, 1)", "(1, 2)"]);
}

#[test]
fn every_record_goes_to_one_part() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let (long, short) = words.split(|word| word.len() > 3);
        long.print();
        short.map(str::to_uppercase).print();
        let (digits, upper, rest) = words.branch(
            |word| word.starts_with(|first: char| first.is_ascii_digit()),
            |word| word.starts_with(char::is_uppercase),
        );
        digits.print();
        upper.print();
        rest.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["1one", "Two", "three", "4"]);
    driver.finish();
    assert_eq!(driver.output("long.print").text(), ["1one", "three"]);
    assert_eq!(driver.output("short.print").text(), ["TWO", "4"]);
    assert_eq!(driver.output("digits.print").text(), ["1one", "4"]);
    assert_eq!(driver.output("upper.print").text(), ["Two"]);
    assert_eq!(driver.output("rest.print").text(), ["three"]);
    let progress = driver.progress().expect("a batch was written");
    let rows: Vec<(&str, u64)> = progress
        .operators
        .iter()
        .map(|operator| (&*operator.name, operator.rows))
        .collect();
    let expected = [
        ("words", 4),
        ("words", 4),
        ("long-short", 4),
        ("long.print", 2),
        ("short.map", 2),
        ("short.print", 2),
        ("digits-upper-rest", 4),
        ("digits.print", 2),
        ("upper.print", 1),
        ("rest.print", 1),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn branches_of_one_source_are_united_in_one_loop() {
    let pipeline = stream_pipeline!({
        let numbers = memory(vec![0u32]);
        let small = numbers.filter(|n| **n < 3).map(|n| format!("small {n}"));
        let even = numbers.filter(|n| **n % 2 == 0).map(|n| format!("even {n}"));
        let both = union(small, even);
        both.print();
        let again = union(both, both);
        let counts = again.key_by(|text| text.len()).batch().count();
        counts.print();
    });
    let mut driver = pipeline.test();
    driver.push("numbers", values([1u32, 2, 3, 4]));
    driver.finish();
    assert_eq!(
        driver.output("both.print").sorted(),
        ["even 2", "even 4", "small 1", "small 2"]
    );
    assert_eq!(driver.output("counts.print").sorted(), ["(6, 4)", "(7, 4)"]);
}

#[test]
fn three_sources_are_read_as_one() {
    let pipeline = stream_pipeline!({
        let left = memory(vec![0u32]).map(|n| u64::from(*n));
        let middle = stdin().lines().map(|line| line.len() as u64);
        let right = memory(vec![0u64]).map(|n| *n);
        let all = union(left, middle, right);
        let sums = all.key_by(|_| ()).batch().sum(|n| *n);
        sums.map(|((), sum)| sum).print();
        all.print();
    });
    let mut driver = pipeline.test();
    driver.push("left", values([1u32, 2]));
    driver.push("middle", ["four", "seven.."]);
    driver.push("right", values([100u64]));
    driver.finish();
    assert_eq!(driver.output("all.print").sorted(), ["1", "100", "2", "4", "7"]);
    assert_eq!(driver.output("sums.print").text(), ["114"]);
}

#[test]
fn results_of_aggregates_are_united_with_what_never_was_aggregated() {
    let pipeline = stream_pipeline!({
        let words = stdin().lines();
        let counts = words.key_by(|word| *word).batch().count();
        let all = union(
            counts.map(|(word, n)| format!("{word} {n}")),
            words.map(|word| format!("{word} came")),
            words.map(str::to_uppercase),
        );
        all.print();
        let lengths = all.key_by(|text| text.len()).batch().agg((key(), collect(|text| text)));
        lengths.print();
    });
    let mut driver = pipeline.test();
    driver.push("words", ["a", "b", "a"]);
    driver.finish();
    assert_eq!(
        driver.output("all.print").sorted(),
        ["A", "A", "B", "a 2", "a came", "a came", "b 1", "b came"]
    );
    assert_eq!(driver.output("lengths.print").len(), 3);
}

#[derive(Clone, serde::Deserialize)]
struct Pair<'a> {
    left: &'a str,
    right: &'a str,
}

/// The record of each input waits for the end of its row: what it borrows need not outlive that.
#[test]
fn a_union_within_a_loop_takes_records_that_are_lent_for_one_row() {
    let pipeline = stream_pipeline!({
        let pairs = stdin().csv::<Pair<'_>>(header = false);
        let (short, long) = pairs.split(|pair| pair.left.len() < 3);
        let sides = union(
            long.map(|pair| pair.right),
            short.map(|pair| pair.left),
            pairs.map(|pair| pair.left),
        );
        sides.print();
        let counts = sides.key_by(|side| side.len()).batch().count();
        counts.print();
    });
    let mut driver = pipeline.test();
    driver.push("pairs", ["ab,right", "left,c", "d,e"]);
    driver.finish();
    // Row by row, and within a row in the order in which the union names its inputs.
    assert_eq!(driver.output("sides.print").text(), ["ab", "ab", "c", "left", "d", "d"]);
    assert_eq!(driver.output("counts.print").sorted(), ["(1, 3)", "(2, 2)", "(4, 1)"]);
}

#[test]
fn unions_within_a_loop_stand_on_one_another() {
    let pipeline = stream_pipeline!({
        let numbers = memory(vec![0u64]).map(|n| *n).event_time(|n| *n as i64, max_delay = 0s);
        let twice = union(numbers, numbers);
        let many = union(twice.filter(|n| *n > 1), numbers.flat_map(|n| 0..n));
        let counts = many.key_by(|n| *n).window(tumbling(1h)).count();
        let spread = union(
            counts.map(|(n, _, count)| (n, count)),
            counts.flat_map(|(n, _, count)| (0..count).map(move |at| (n, at))),
        );
        twice.print();
        many.print();
        spread.print();
    });
    let mut driver = pipeline.test();
    driver.push("numbers", values([1u64, 3]));
    driver.finish();
    assert_eq!(driver.output("twice.print").text(), ["1", "1", "3", "3"]);
    assert_eq!(driver.output("many.print").sorted(), ["0", "0", "1", "2", "3", "3"]);
    assert_eq!(
        driver.output("spread.print").sorted(),
        [
            "(0, 0)", "(0, 1)", "(0, 2)", "(1, 0)", "(1, 1)", "(2, 0)", "(2, 1)", "(3, 0)", "(3, 1)", "(3, 2)"
        ]
    );
}
