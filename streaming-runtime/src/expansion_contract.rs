//! A pipeline expanded by hand: the contract between the macro and the runtime.
#![allow(
    clippy::needless_borrow,
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    reason = "as the macro emits it"
)]

use crate as rt;
use crate::lend::{Ask, DebugKind as _, DisplayKind as _, Lent as _, PlainKind as _, TextKind as _};
use crate::sink::Accept as _;
use std::sync::Arc;
use std::time::Duration;

use crate::__private::{counted, operator, stateful};
use crate::plan::{Input, Plan, Role};

static PLAN: Plan = Plan {
    name: "by_hand",
    operators: &[
        counted("lines", "memory", Role::Source, 0, &[], "", 24),
        counted("pairs", "filter_map", Role::Record, 0, &[from(0)], "", 25),
        operator("timed", "event_time", Role::Time, 0, &[from(1)], "", 26),
        counted("words", "flat_map", Role::Record, 0, &[from(2)], "", 27),
        counted("known", "filter", Role::Record, 0, &[from(3)], "", 28),
        operator("words.key_by", "key_by", Role::Key, 0, &[from(4)], "", 29),
        stateful("totals", "agg", Role::Aggregate, 1, &[from(5)], "", 30),
        operator("totals.print", "print", Role::Sink, 1, &[from(6)], "", 31),
        counted("totals.late.print", "print", Role::Sink, 0, &[late(6)], "", 32),
        counted("longest", "reduce", Role::Aggregate, 2, &[from(5)], "", 33),
        stateful("folded", "fold", Role::Aggregate, 3, &[from(5)], "", 34),
        operator("checked", "inspect", Role::Record, 4, &[from(6)], "", 35),
    ],
};

const fn from(operator: u32) -> Input {
    Input { operator, output: "" }
}

const fn late(operator: u32) -> Input {
    Input {
        operator,
        output: "late",
    }
}

#[derive(Debug)]
struct Total {
    word: String,
    from: i64,
    n: u64,
    longest: f64,
    last: String,
}

fn by_hand() -> rt::Pipeline<impl rt::Graph + use<>> {
    let blocked = std::collections::HashSet::from(["the".to_string()]);
    // sources
    let lines = rt::source::memory(vec![
        "5 the quick brown fox".to_string(),
        "7 quick dog".to_string(),
        "bad".to_string(),
    ]);
    // sinks
    let totals_print = rt::sink::SinkEdge::new("totals.print", 7, rt::sink::print());
    let late_print = rt::sink::SinkEdge::new("totals.late.print", 8, rt::sink::print());
    // clocks, exchanges
    let c0 = rt::time::Clock::new(Duration::from_secs(1), None, None);
    let w0 = rt::time::Tumbling::new(Duration::from_millis(10));
    let totals = rt::state::exchange::Exchange::windowed(w0, &[&c0]);
    totals.combine_with(rt::state::exchange::Merge);
    let longest = rt::state::exchange::Exchange::plain();
    let folded = rt::state::exchange::Exchange::plain();
    folded.combine_with(rt::state::exchange::Append);
    let s0 = rt::stage::SourceStage::new(
        lines,
        (
            Arc::clone(&totals),
            (
                Arc::clone(&c0),
                (late_print.outlet(0), (Arc::clone(&longest), (Arc::clone(&folded), ()))),
            ),
        ),
        move |chunk, task, (totals, (c0, (late_print, (longest, (folded, ())))))| {
            let (mut n0, mut n1) = (0u64, 0u64);
            let fates = &mut rt::task::Fates::new();
            for (row, (_meta, record)) in rt::source::Records::records(chunk).enumerate() {
                task.row(row as u64);
                fates.begin(row);
                n0 += 1;
                'r: {
                    task.enter(1);
                    let Some(record) = rt::op::filter_map(record, |l| l.split_once(' ')) else {
                        break 'r;
                    };
                    task.enter(2);
                    let at = rt::op::event_time(&record, |(t, _)| t.parse::<i64>().unwrap_or(0));
                    if !c0.see(at) {
                        task.ahead(2, at);
                    }
                    for record in rt::op::flat_map(record, |(_, text)| text.split(' ')) {
                        'f: {
                            n1 += 1;
                            if !rt::op::filter(&record, |w| !blocked.contains(*w)) {
                                break 'f;
                            }
                            if let Some(slice) = totals.slice(at) {
                                fates.used();
                                let key = rt::op::key_by(&record, |w| w);
                                let (n, (max, (last, ()))): &mut (
                                    rt::agg::Count,
                                    (rt::agg::Max<_>, (rt::agg::Last<_>, ())),
                                ) = totals.slot(slice, key);
                                n.add();
                                let value = rt::op::key_by(&record, |w| w.len() as f64);
                                max.add((&&&&Ask::about(&value)).__kind().lend(value));
                                let value = rt::op::key_by(&record, |w| *w);
                                last.add(task.order(at), (&&&&Ask::about(&value)).__kind().lend(value));
                            } else {
                                fates.late();
                                late_print.put((&Ask::about(&record)).__printed().text(&record), task);
                            }
                            fates.used();
                            let key = rt::op::key_by(&record, |w| w.len());
                            longest
                                .place(0, key)
                                .merge(Some((&&&&Ask::about(&record)).__kind().lend(record).own()));
                            let key = rt::op::key_by(&record, |w| w.len());
                            let order = task.order(at);
                            folded
                                .slot(0, key)
                                .push((order, (&&&&Ask::about(&record)).__kind().lend(record).own()));
                        }
                    }
                }
                fates.end();
            }
            task.count(0, n0);
            task.count(1, n1);
            task.fates(fates.total());
        },
    );
    let rows = rt::stage::Rows::new();
    let s1 = rt::stage::KeyedStage::new(
        &totals,
        w0,
        rt::state::fold::Parts,
        (totals_print.outlet(1), (Arc::clone(&rows), ())),
        move |key, window, (n, (max, (last, ()))), task, (totals_print, (rows, ()))| {
            let at = window.end - 1;
            let record = Total {
                word: key.clone(),
                from: window.start,
                n: n.finish(),
                longest: max.finish() / 2.0,
                last: last.finish(),
            };
            totals_print.put((&Ask::about(&record)).__printed().text(&record), task);
            rows.push(at, (&&&&Ask::about(&record)).__kind().lend(record).own());
        },
    );
    longest.reduce_with(|a, b| if a.len() > b.len() { a } else { b });
    let s2 = rt::stage::KeyedStage::new(
        &longest,
        rt::state::scope::Batch,
        rt::state::fold::Parts,
        (),
        move |key, (), state, task, ()| {
            let record = (key, state.expect("combined"));
            assert!(record.1.len() == record.0);
            let _ = task;
        },
    );
    let s3 = rt::stage::KeyedStage::new(
        &folded,
        rt::state::scope::Running::unbounded(),
        rt::state::fold::fold_with(&folded, || 0, |n, r| n + r.len()),
        (),
        move |key, (), state, _task, ()| {
            assert!(state >= key);
        },
    );
    let s4 = rt::stage::RowsStage::new(&rows, (), move |rows, _task, ()| {
        for (_at, record) in rows {
            assert!(record.n > 0 && record.word == record.last && record.from >= 0 && record.longest > 0.0);
        }
    });
    rt::Pipeline::new(
        &PLAN,
        rt::Settings::new("by_hand"),
        vec![(0, c0)],
        (s0, (s1, (s2, (s3, (s4, ()))))),
        (totals_print, (late_print, ())),
    )
}

#[test]
fn on_the_test_bench() {
    let mut driver = by_hand().test();
    driver.push("lines", ["5 the quick brown fox", "7 quick dog", "bad"]);
    driver.tick();
    assert!(driver.output("totals.print").is_empty(), "the window is open");
    driver.push("lines", "1012 late fox");
    driver.tick();
    driver.push("lines", "3 too late");
    driver.finish();
    assert_eq!(
        driver.output("totals.print").sorted(),
        [
            r#"Total { word: "brown", from: 0, n: 1, longest: 2.5, last: "brown" }"#,
            r#"Total { word: "dog", from: 0, n: 1, longest: 1.5, last: "dog" }"#,
            r#"Total { word: "fox", from: 0, n: 1, longest: 1.5, last: "fox" }"#,
            r#"Total { word: "fox", from: 1010, n: 1, longest: 1.5, last: "fox" }"#,
            r#"Total { word: "late", from: 1010, n: 1, longest: 2.0, last: "late" }"#,
            r#"Total { word: "quick", from: 0, n: 2, longest: 2.5, last: "quick" }"#,
        ]
    );
    assert_eq!(driver.output("totals.late.print").text(), ["too", "late"]);
}

#[test]
fn on_its_own_threads() {
    let summary = by_hand().trigger(rt::Trigger::AvailableNow).run_blocking().unwrap();
    assert_eq!((summary.batches, summary.rows_in), (1, 3));
}
