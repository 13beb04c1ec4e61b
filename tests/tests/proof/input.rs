//! Random input: a stream of events, and how it is cut.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use streaming_runtime::Graph;
use streaming_runtime::testing::{Driver, Rows, values};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Event {
    pub id: u32,
    pub key: String,
    pub at: i64,
    pub value: i32,
}

/// A stream as the test bench gets it.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub partitions: u32,
    pub batches: Vec<Batch>,
}

/// What comes between two closes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    pub chunks: Vec<Chunk>,
    /// Partitions that end with this batch.
    pub ends: Vec<u32>,
    /// How long after the batch before it closes, in milliseconds.
    pub wait: u64,
}

/// Events of one partition that are worked on together.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub partition: u32,
    pub events: Vec<Event>,
}

impl Input {
    /// Pushes what comes before one close, and closes the batch; the last one is the end of the sources as well. `source` names the
    /// source of a partition, and its number there.
    pub(crate) fn run<G: Graph>(
        &self,
        driver: &mut Driver<G>,
        batch: usize,
        source: impl Fn(u32) -> (&'static str, u32),
    ) {
        self.run_as(driver, batch, source, |events| values(events.to_vec()));
    }

    /// As [`run`](Self::run), with a form of the events that the source takes.
    pub(crate) fn run_as<G: Graph>(
        &self,
        driver: &mut Driver<G>,
        batch: usize,
        source: impl Fn(u32) -> (&'static str, u32),
        rows: impl Fn(&[Event]) -> Rows,
    ) {
        let Batch { chunks, ends, wait } = &self.batches[batch];
        for Chunk { partition, events } in chunks {
            let (source, number) = source(*partition);
            driver.push_to(source, number, rows(events));
        }
        for partition in ends {
            let (source, number) = source(*partition);
            driver.end_partition(source, number);
        }
        if batch + 1 < self.batches.len() {
            driver.advance(Duration::from_millis(*wait));
        } else {
            driver.finish();
        }
    }

    /// All events.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.batches.iter().flat_map(Batch::events).map(|(_, event)| event)
    }
}

impl Batch {
    /// The events with their partitions, by partition and there in order of arrival.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u32, &Event)> {
        let mut chunks: Vec<&Chunk> = self.chunks.iter().collect();
        chunks.sort_by_key(|chunk| chunk.partition);
        chunks
            .into_iter()
            .flat_map(|chunk| chunk.events.iter().map(|event| (chunk.partition, event)))
    }
}

/// What is drawn for one event: all else follows.
#[derive(Debug, Clone)]
struct Drawn {
    partition: u32,
    step: i64,
    behind: i64,
    key: u8,
    value: i32,
    cut: Cut,
}

/// What follows an event.
#[derive(Debug, Clone)]
enum Cut {
    Nothing,
    /// The same event once more.
    Again,
    Chunk,
    EmptyChunk,
    Batch(u64),
    End,
}

/// Streams of up to `most` events in up to four partitions, `disorder` milliseconds out of order at most.
pub(crate) fn inputs(most: usize, disorder: i64) -> impl Strategy<Value = Input> {
    let origin = prop_oneof![
        4 => -100i64..100,
        2 => Just(0i64),
        1 => Just(1_790_000_000_000),
        1 => -1_000_000_000_000i64..-999_999_999_900,
    ];
    (1u32..=4, origin, vec(drawn(disorder), 0..most))
        .prop_map(|(partitions, origin, drawn)| cut(partitions, origin, &drawn))
}

fn drawn(disorder: i64) -> impl Strategy<Value = Drawn> {
    let step = prop_oneof![2 => Just(0i64), 1 => Just(1), 2 => 0i64..12];
    let behind = prop_oneof![3 => Just(0i64), 2 => 0..=disorder];
    let cut = prop_oneof![
        20 => Just(Cut::Nothing),
        2 => Just(Cut::Again),
        6 => Just(Cut::Chunk),
        1 => Just(Cut::EmptyChunk),
        6 => (0u64..30).prop_map(Cut::Batch),
        1 => Just(Cut::End),
    ];
    (0u32..4, step, behind, 0u8..5, -50i32..50, cut).prop_map(|(partition, step, behind, key, value, cut)| Drawn {
        partition,
        step,
        behind,
        key,
        value,
        cut,
    })
}

fn cut(partitions: u32, origin: i64, drawn: &[Drawn]) -> Input {
    let mut now = origin;
    let mut ended = vec![false; partitions as usize];
    let mut open = Batch::default();
    let mut batches = Vec::new();
    let mut fresh = true;
    for (id, one) in (0u32..).zip(drawn) {
        let partition = one.partition % partitions;
        now += one.step;
        if ended[partition as usize] {
            continue;
        }
        let event = Event {
            id,
            key: format!("key {}", one.key),
            at: now - one.behind,
            value: one.value,
        };
        push(&mut open, partition, event.clone(), std::mem::take(&mut fresh));
        match one.cut {
            Cut::Nothing => {}
            Cut::Again => push(&mut open, partition, event, false),
            Cut::Chunk => fresh = true,
            Cut::EmptyChunk => open.chunks.push(Chunk {
                partition,
                events: Vec::new(),
            }),
            Cut::Batch(wait) => {
                open.wait = wait;
                batches.push(std::mem::take(&mut open));
                fresh = true;
            }
            Cut::End => {
                ended[partition as usize] = true;
                open.ends.push(partition);
            }
        }
        if id % 17 == 16 {
            // Time passes, and nothing comes.
            batches.push(std::mem::take(&mut open));
            batches.push(Batch {
                wait: 25,
                ..Batch::default()
            });
        }
    }
    batches.push(open);
    Input { partitions, batches }
}

/// Adds an event to the last chunk of its partition, or to a new one.
fn push(open: &mut Batch, partition: u32, event: Event, fresh: bool) {
    let last = open.chunks.iter_mut().rev().find(|chunk| chunk.partition == partition);
    match last {
        Some(chunk) if !fresh => chunk.events.push(event),
        _ => open.chunks.push(Chunk {
            partition,
            events: vec![event],
        }),
    }
}
