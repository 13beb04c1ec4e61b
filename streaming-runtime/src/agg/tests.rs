use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::*;
use crate::lend::{Plain, Text};
use crate::task::{Order, Tag, Task};

/// One record: its place in the input, and a small value, so that ties are common.
#[derive(Debug, Clone, Copy)]
struct Record {
    order: Order,
    value: i64,
}

/// The records of several chunks, each with its times and values.
fn records() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let chunk = prop::collection::vec((0i64..4, -3i64..4), 0..12);
    prop::collection::vec(chunk, 1..6).prop_map(|chunks| {
        let number = |(chunk, rows): (u64, Vec<(i64, i64)>)| {
            (0..)
                .zip(rows)
                .map(|(row, (at, value))| Record {
                    order: order(at, chunk, row),
                    value,
                })
                .collect()
        };
        (0..).zip(chunks).map(number).collect()
    })
}

fn order(at: i64, chunk: u64, row: u64) -> Order {
    let mut task = Task::new(0, Tag { partition: 0, chunk }, 0);
    task.row(row);
    task.order(at)
}

/// However the chunks are spread over workers, and in whatever order the workers are merged, the aggregate is the one of a
/// single pass; and it can be written down on the way.
fn any_split_is_one_pass<A, R>(
    chunks: &[Vec<Record>],
    turn: usize,
    add: impl Fn(&mut A, Record),
    finish: impl Fn(A) -> R,
) where
    A: Accumulator + Default + Clone + Serialize + DeserializeOwned,
    R: PartialEq + std::fmt::Debug,
{
    if chunks.iter().all(Vec::is_empty) {
        return;
    }
    let mut once = A::default();
    chunks.iter().flatten().for_each(|record| add(&mut once, *record));
    let mut parts: Vec<A> = chunks
        .iter()
        .map(|chunk| {
            let mut part = A::default();
            for record in chunk {
                add(&mut part, *record);
            }
            part
        })
        .collect();
    let turn = turn % parts.len();
    parts.rotate_left(turn);
    let backwards = parts.iter().rev().cloned().reduce(merged).expect("a chunk");
    let rested = parts.iter().map(written_and_read).reduce(merged).expect("a chunk");
    let middle = parts.len() / 2;
    let tree = [&parts[middle..], &parts[..middle]]
        .into_iter()
        .filter_map(|half| half.iter().cloned().reduce(merged))
        .reduce(merged)
        .expect("a chunk");
    let expected = finish(once);
    assert_eq!(finish(backwards), expected, "merged backwards");
    assert_eq!(finish(rested), expected, "merged after a rest");
    assert_eq!(finish(tree), expected, "merged as a tree");
}

fn merged<A: Accumulator>(mut a: A, b: A) -> A {
    a.merge(b);
    a
}

fn written_and_read<A: Serialize + DeserializeOwned>(part: &A) -> A {
    serde_json::from_str(&serde_json::to_string(part).expect("writes")).expect("reads")
}

proptest! {
    #[test]
    fn all_aggregates_are_the_same_in_any_order(chunks in records(), turn: usize, limit in 0usize..5) {
        let float = |value: i64| f64::from(i32::try_from(value).expect("small"));
        any_split_is_one_pass(&chunks, turn, |a: &mut Count, _| a.add(), Count::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Sum<i64>, r| a.add(r.value), Sum::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Sum<f64>, r| a.add(float(r.value)), Sum::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Avg, r| a.add(r.value), Avg::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Min<i64>, r| a.add(Plain(r.value)), Min::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Max<String>, r| a.add(Text(&r.value.to_string())), Max::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut First<i64>, r| a.add(r.order, Plain(r.value)), First::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Last<String>, r| a.add(r.order, Text(&r.value.to_string())), Last::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut Collect<i64>, r| a.add(r.order, Plain(r.value)), Collect::finish);
        any_split_is_one_pass(&chunks, turn, |a: &mut CountDistinct<i64>, r| a.add(Plain(r.value)), CountDistinct::finish);
        any_split_is_one_pass(
            &chunks,
            turn,
            |a: &mut Top<i64, (Order, i64)>, r| a.add(limit, r.order, r.value, || Plain((r.order, r.value))),
            Top::finish,
        );
        any_split_is_one_pass(
            &chunks,
            turn,
            |a: &mut (Count, (Max<i64>, ())), r| { a.0.add(); a.1.0.add(Plain(r.value)); },
            |(n, (max, ()))| (n.finish(), max.finish()),
        );
    }

    #[test]
    fn aggregates_are_what_they_say(chunks in records(), limit in 0usize..5) {
        let all: Vec<Record> = chunks.iter().flatten().copied().collect();
        prop_assume!(!all.is_empty());
        let mut sorted = all.clone();
        sorted.sort_by_key(|r| r.order);
        let mut best = all.clone();
        best.sort_by_key(|r| (std::cmp::Reverse(r.value), r.order));
        let (mut first, mut last, mut collect, mut top) = (First::default(), Last::default(), Collect::default(), Top::default());
        let (mut distinct, mut min) = (CountDistinct::default(), Min::default());
        for r in &all {
            first.add(r.order, Plain(r.value));
            last.add(r.order, Plain(r.value));
            collect.add(r.order, Plain(r.value));
            top.add(limit, r.order, r.value, || Plain((r.value, r.order)));
            distinct.add(Plain(r.value));
            min.add(Plain(r.value));
        }
        let values: Vec<i64> = sorted.iter().map(|r| r.value).collect();
        prop_assert_eq!(first.finish(), values[0]);
        prop_assert_eq!(last.finish(), values[values.len() - 1]);
        prop_assert_eq!(min.finish(), *values.iter().min().unwrap());
        prop_assert_eq!(distinct.finish(), values.iter().collect::<std::collections::HashSet<_>>().len() as u64);
        prop_assert_eq!(collect.finish(), values);
        prop_assert_eq!(top.finish(), best.iter().take(limit).map(|r| (r.value, r.order)).collect::<Vec<_>>());
    }

    #[test]
    fn nan_is_the_largest_wherever_it_stands(mut values in prop::collection::vec(prop::option::of(-3i8..3), 1..8), turn: usize, cut: usize) {
        let turn = turn % values.len();
        values.rotate_left(turn);
        // Two workers, whose parts are merged.
        let cut = cut % (values.len() + 1);
        let (mut min, mut max, mut top) = (Min::default(), Max::default(), Top::default());
        let (mut min2, mut max2, mut top2) = (Min::default(), Max::default(), Top::default());
        for (row, value) in (0..).zip(&values) {
            let value = value.map_or(f64::NAN, f64::from);
            let (min, max, top) =
                if row < cut as u64 { (&mut min, &mut max, &mut top) } else { (&mut min2, &mut max2, &mut top2) };
            min.add(Plain(value));
            max.add(Plain(value));
            top.add(values.len(), order(1, 0, row), value, || Plain(value));
        }
        min.merge(min2);
        max.merge(max2);
        top.merge(top2);
        let mut sorted: Vec<f64> = values.iter().map(|value| value.map_or(f64::NAN, f64::from)).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
        prop_assert!(same(max.finish(), sorted[0]));
        prop_assert!(same(min.finish(), sorted[sorted.len() - 1]));
        let top = top.finish();
        prop_assert_eq!(top.len(), sorted.len());
        prop_assert!(top.iter().zip(&sorted).all(|(a, b)| same(*a, *b)), "{:?} {:?}", top, sorted);
    }
}

#[test]
fn records_of_one_row_keep_their_turn() {
    let here = order(5, 0, 0);
    let (mut first, mut last, mut top, mut collect) =
        (First::default(), Last::default(), Top::default(), Collect::default());
    for word in ["a", "b", "c"] {
        first.add(here, Text(word));
        last.add(here, Text(word));
        top.add(2, here, 1, || Text(word));
        collect.add(here, Text(word));
    }
    assert_eq!((first.finish(), last.finish()), ("a".to_owned(), "c".to_owned()));
    assert_eq!(top.finish(), ["a", "b"]);
    assert_eq!(collect.finish(), ["a", "b", "c"]);
}

#[test]
fn top_makes_only_the_records_it_keeps() {
    let mut made = Vec::new();
    let mut top = Top::default();
    for (row, by) in (0..).zip([5, 1, 7, 2, 6]) {
        top.add(2, order(1, 0, row), by, || {
            made.push(by);
            Plain(by)
        });
    }
    assert_eq!(top.finish(), [7, 6]);
    assert_eq!(made, [5, 1, 7, 6]);
}

#[test]
fn sums_are_wider_than_their_values() {
    let mut bytes = Sum::default();
    (0..1000).for_each(|_| bytes.add(255u8));
    assert_eq!(bytes.finish(), 255_000u64);
    let mut avg = Avg::default();
    avg.add(1i32);
    avg.add(2i32);
    assert!((avg.finish() - 1.5).abs() < f64::EPSILON);
}

#[test]
#[should_panic(expected = "`sum` overflows: sum a wider type")]
fn a_sum_that_overflows_stops() {
    let mut sum = Sum::default();
    sum.add(i64::MAX);
    sum.add(1i64);
}

#[test]
#[should_panic(expected = "`sum` overflows: sum a wider type")]
fn sums_that_overflow_together_stop() {
    let mut sum = Sum::default();
    sum.add(u64::MAX);
    let other = sum.clone();
    sum.merge(other);
}

#[test]
fn a_wider_sum_has_room() {
    let mut sum = Sum::default();
    sum.add(u128::from(u64::MAX));
    sum.add(1u128);
    assert_eq!(sum.finish(), 1u128 << 64);
}
