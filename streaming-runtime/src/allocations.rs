//! What the loop of a stage takes from the allocator: nothing per record on the stateless path, nothing per record of a known
//! key. Measured on the code that the macro emits, one chunk against one ten times as long.
#![allow(clippy::needless_borrow, clippy::type_complexity, reason = "as the macro emits it")]

use std::sync::Arc;
use std::time::Duration;

use crate as rt;
use crate::lend::{Ask, DisplayKind as _, PlainKind as _, TextKind as _};
use crate::outlet::Outlet;
use crate::sink::Accept as _;
use crate::source::{Event, Records, Slice, Source};
use crate::task::{Tag, Task};

const FEW: usize = 400;
const MANY: usize = 10 * FEW;

/// Buffers that double as they fill: 400 rows to 4,000 are four doublings more, and one for where they begin.
const DOUBLINGS: u64 = 5;

/// One chunk of `rows` records: a time, and words from a small set.
fn chunk(rows: usize) -> Slice<String> {
    let words = ["the quick", "brown fox jumps", "over", "the lazy dog"];
    let record = |row: usize| format!("{} {}", row / 7 % 80, words[row % words.len()]);
    let mut source = rt::source::memory((0..rows).map(record).collect::<Vec<_>>());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        loop {
            if let Event::Chunk(fetched) = source.next().await.expect("memory never fails") {
                assert_eq!(fetched.rows, rows as u64, "one chunk holds all");
                return fetched.chunk;
            }
        }
    })
}

/// What `body` takes from the allocator for one chunk, once it has seen everything there is.
fn allocations<O: Outlet>(
    outlets: &O,
    chunk: &Slice<String>,
    body: impl Fn(&Slice<String>, &mut Task, &mut O::Local),
) -> u64 {
    let mut local = outlets.open();
    let mut run = |number| {
        let tag = Tag {
            partition: 0,
            chunk: number,
        };
        let mut task = Task::new(0, tag, 8);
        let taken = allocation_counter::measure(|| body(chunk, &mut task, &mut local)).count_total;
        outlets.end_chunk(&mut local, tag);
        taken
    };
    run(0);
    run(1)
}

/// Runs the body over few rows and over many.
fn few_and_many<O: Outlet>(outlets: &O, body: impl Fn(&Slice<String>, &mut Task, &mut O::Local)) -> (u64, u64) {
    let few = allocations(outlets, &chunk(FEW), &body);
    let many = allocations(outlets, &chunk(MANY), &body);
    (few, many)
}

#[test]
fn the_counter_counts() {
    let (few, many) = few_and_many(&(), |chunk, _, ()| {
        for (_, record) in chunk.records() {
            assert!(!record.clone().is_empty());
        }
    });
    assert_eq!((few, many), (FEW as u64, MANY as u64));
}

#[test]
fn the_stateless_path_takes_nothing() {
    let clock = rt::time::Clock::new(Duration::from_secs(1), None, None);
    let (few, many) = few_and_many(&(Arc::clone(&clock), ()), |chunk, task, (clock, ())| {
        let mut kept = 0u64;
        for (row, (_meta, record)) in chunk.records().enumerate() {
            task.row(row as u64);
            task.enter(1);
            let Some(record) = rt::op::filter_map(record, |line| line.split_once(' ')) else {
                continue;
            };
            let at = rt::op::event_time(&record, |(time, _)| time.parse::<i64>().unwrap_or(0));
            clock.see(at);
            for record in rt::op::flat_map(record, |(_, text)| text.split(' ')) {
                if rt::op::filter(&record, |word| word.len() > 3) {
                    let record = rt::op::map(record, str::len);
                    kept += record as u64;
                }
            }
        }
        task.count(1, kept);
    });
    assert_eq!((few, many), (0, 0));
}

#[test]
fn a_sink_takes_room_for_its_output_and_nothing_else() {
    let print = rt::sink::SinkEdge::new("out", 1, rt::sink::print());
    let (few, many) = few_and_many(&(print.outlet(0), ()), |chunk, task, (print, ())| {
        for (_meta, record) in chunk.records() {
            for record in rt::op::flat_map(record, |line| line.split(' ')) {
                print.put((&Ask::about(&record)).__printed().text(&record), task);
            }
        }
    });
    assert!(
        many <= few + DOUBLINGS,
        "{few} allocations for {FEW} rows, {many} for {MANY}"
    );
}

#[test]
fn known_keys_take_nothing() {
    let counts = rt::state::exchange::Exchange::plain();
    counts.combine_with(rt::state::exchange::Merge);
    let (few, many) = few_and_many(&(Arc::clone(&counts), ()), |chunk, task, (counts, ())| {
        for (row, (_meta, record)) in chunk.records().enumerate() {
            task.row(row as u64);
            for record in rt::op::flat_map(record, |line| line.split(' ')) {
                let key = rt::op::key_by(&record, |word| *word);
                let (n, (sum, (longest, (last, ())))): &mut (
                    rt::agg::Count,
                    (rt::agg::Sum<_>, (rt::agg::Max<_>, (rt::agg::Last<_>, ()))),
                ) = counts.slot(0, key);
                n.add();
                sum.add(rt::op::key_by(&record, |word| word.len() as u64));
                let value = rt::op::key_by(&record, |word| word.len());
                longest.add((&&&&Ask::about(&value)).__kind().lend(value));
                last.add(task.arrival(), (&&&&Ask::about(&value)).__kind().lend(value));
            }
        }
    });
    assert_eq!((few, many), (0, 0));
}

#[test]
fn known_keys_in_windows_take_nothing() {
    let clock = rt::time::Clock::new(Duration::from_secs(1), None, None);
    let window = rt::time::Tumbling::new(Duration::from_millis(10));
    let counts = rt::state::exchange::Exchange::windowed(window, &[&clock]);
    counts.combine_with(rt::state::exchange::Merge);
    let (few, many) = few_and_many(&(Arc::clone(&counts), ()), |chunk, task, (counts, ())| {
        for (_meta, record) in chunk.records() {
            let Some(record) = rt::op::filter_map(record, |line| line.split_once(' ')) else {
                continue;
            };
            let at = rt::op::event_time(&record, |(time, _)| time.parse::<i64>().unwrap_or(0));
            let Some(slice) = counts.slice(at) else {
                task.late(1);
                continue;
            };
            let key = rt::op::key_by(&record, |(_, words)| (*words, words.len()));
            let (n, (first, ())): &mut (rt::agg::Count, (rt::agg::Min<_>, ())) = counts.slot(slice, key);
            n.add();
            // A text that is kept is copied: only where it is smaller than the one before.
            let value = rt::op::key_by(&record, |(_, words)| *words);
            first.add((&&&&Ask::about(&value)).__kind().lend(value));
        }
    });
    assert_eq!((few, many), (0, 0));
}

#[test]
fn new_keys_take_one_text_each() {
    let counts = rt::state::exchange::Exchange::plain();
    counts.combine_with(rt::state::exchange::Merge);
    let chunk = chunk(MANY);
    let mut local = Outlet::open(&*counts);
    let mut keys = std::collections::HashSet::new();
    keys.extend(chunk.records().map(|(_, line)| line.as_str()));
    let taken = allocation_counter::measure(|| {
        for (_meta, line) in chunk.records() {
            let (n, ()): &mut (rt::agg::Count, ()) = local.slot(0, line.as_str());
            n.add();
        }
    });
    let texts = keys.len() as u64;
    assert!(
        taken.count_total >= texts && taken.count_total <= texts + 16,
        "{taken:?} for {texts} keys"
    );
}
