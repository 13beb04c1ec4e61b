use std::time::Duration;

use super::*;
use crate::clock::WallClock;
use crate::engine::{Clocks, Ledger};
use crate::plan::{Operator, Plan, Role};
use crate::settings::Settings;
use crate::source::Replay;
use crate::stage::{Reads, Size};

const READS: Reads = Reads {
    arms: 1,
    replay: Replay::None,
    grows: false,
    grouped: false,
};

static PLAN: Plan = Plan {
    name: "two",
    operators: &[source("fast", 0), source("slow", 1)],
};

const fn source(name: &'static str, stage: u32) -> Operator {
    Operator {
        name,
        kind: "memory",
        role: Role::Source,
        stage,
        inputs: &[],
        detail: "",
        line: 0,
        counted: false,
        stateful: false,
        fields: &[],
        was: &[],
        reset: None,
    }
}

fn book(trigger: Trigger) -> Book {
    let settings = Settings {
        trigger,
        max_batch_rows: 100,
        ..Settings::new("two")
    };
    let ledger = Ledger::new(&PLAN, &[(0, READS), (1, READS)], false);
    let clocks = Clocks::new(&PLAN, Vec::new(), &ledger);
    Book::new(&PLAN, settings, WallClock::at_epoch(), ledger, clocks)
}

fn chunk(rows: u64) -> FeedEvent {
    let size = Size {
        rows,
        ..Size::default()
    };
    FeedEvent::Chunk(Ticket::blank(0, size))
}

fn stages(flow: &mut Flow, book: &mut Book) -> Vec<u32> {
    std::iter::from_fn(|| {
        let next = flow.next(book)?;
        flow.working += 1;
        Some(next.0)
    })
    .collect()
}

#[test]
fn stages_take_turns() {
    let mut book = book(Trigger::AvailableNow);
    let mut flow = Flow::new(&book, 8);
    for stage in [0, 0, 0, 0, 1, 1] {
        flow.arrived(stage, chunk(1), &mut book);
    }
    assert_eq!(stages(&mut flow, &mut book), [0, 1, 0, 1, 0, 0]);
}

#[test]
fn what_comes_behind_a_chunk_waits_for_it() {
    let mut book = book(Trigger::AvailableNow);
    let mut flow = Flow::new(&book, 1);
    for event in [chunk(1), chunk(1), chunk(1), chunk(1), chunk(1), FeedEvent::Ended] {
        flow.arrived(0, event, &mut book);
    }
    flow.arrived(1, FeedEvent::Ended, &mut book);
    assert_eq!(stages(&mut flow, &mut book), [0; 4], "four chunks per thread");
    assert!(!book.ledger.all_ended() && !flow.is_last(&book));
    flow.working = 0;
    assert_eq!(stages(&mut flow, &mut book), [0]);
    assert!(book.ledger.all_ended() && flow.is_last(&book));
}

#[test]
fn a_full_batch_closes_when_its_chunks_are_done_and_the_one_before_is_written() {
    let mut book = book(Trigger::AvailableNow);
    let mut flow = Flow::new(&book, 1);
    flow.arrived(0, chunk(99), &mut book);
    assert_eq!(stages(&mut flow, &mut book), [0]);
    assert!(!flow.wants_close(&book));
    flow.arrived(0, chunk(1), &mut book);
    assert_eq!(stages(&mut flow, &mut book), [0]);
    flow.writing = true;
    assert!(flow.wants_close(&book) && !flow.may_close());
    flow.working = 0;
    assert!(!flow.may_close(), "the batch before is being written");
    flow.writing = false;
    assert!(flow.may_close());
}

#[test]
fn an_interval_lets_the_batch_grow_while_the_sinks_are_slow() {
    let every = Duration::from_secs(1);
    let book = book(Trigger::Interval(every));
    let mut flow = Flow::new(&book, 1);
    assert_eq!(flow.patience(&book), Some(every));
    book.time.advance(every * 5 / 2);
    flow.writing = true;
    assert!(!flow.wants_close(&book));
    assert_eq!(flow.patience(&book), None, "only the sinks can change anything");
    flow.writing = false;
    assert!(flow.wants_close(&book));
    flow.closed(&book);
    // Two intervals were missed; they are not made up for.
    assert!(!flow.wants_close(&book));
    assert_eq!(flow.patience(&book), Some(every / 2));
}

#[test]
fn asap_closes_whenever_there_is_something() {
    let mut book = book(Trigger::Asap);
    let mut flow = Flow::new(&book, 1);
    assert_eq!((flow.wants_close(&book), flow.patience(&book)), (false, None));
    // State has something to do soon, and has had for long.
    let now = book.time.epoch_millis();
    book.next_due = Some(now + 70);
    assert_eq!(flow.patience(&book), Some(Duration::from_millis(70)));
    book.next_due = Some(i64::MIN);
    assert_eq!(flow.patience(&book), Some(Duration::ZERO));
    flow.working = 1;
    assert_eq!(flow.patience(&book), None, "the chunk at work comes first");
    (flow.working, book.next_due) = (0, None);
    flow.arrived(1, chunk(1), &mut book);
    assert_eq!(stages(&mut flow, &mut book), [1]);
    assert!(flow.wants_close(&book));
    flow.stopping = true;
    flow.working = 0;
    flow.closed(&book);
    assert!(flow.is_over());
}

#[test]
fn a_batch_closes_before_a_chunk_that_it_has_no_room_for() {
    let mut book = book(Trigger::AvailableNow);
    let mut flow = Flow::new(&book, 8);
    for rows in [60, 40, 1, 99, 150, 7] {
        flow.arrived(0, chunk(rows), &mut book);
    }
    let mut batches = Vec::new();
    while !flow.nothing_waits() {
        let before = flow.working;
        stages(&mut flow, &mut book);
        batches.push((flow.working - before, book.rows()));
        assert!(flow.nothing_waits() || flow.wants_close(&book));
        book.abort();
    }
    assert_eq!(
        batches,
        [(2, 100), (2, 100), (1, 150), (1, 7)],
        "a chunk that is too large by itself has a batch by itself"
    );
}
