//! A source that says what a test tells it to say, in that order.

use std::collections::{BTreeMap, VecDeque};

use streaming_runtime::source::{Event as Said, Fetched, Open, Slice, Source, SourceError, replay};

use super::input::{Chunk, Event, Input};

/// Gives the chunks of an input in several partitions.
#[derive(Debug)]
pub(crate) struct Scripted {
    /// Partitions that are not announced yet.
    announce: VecDeque<u32>,
    chunks: VecDeque<Chunk>,
    /// Whether chunks say how many rows they hold.
    says_rows: bool,
    read: BTreeMap<u32, u64>,
}

impl Scripted {
    /// The chunks of all batches, in order; where the batches end is for the engine to decide.
    pub(crate) fn new(input: &Input, says_rows: bool) -> Self {
        Self {
            announce: (0..input.partitions).collect(),
            chunks: input.batches.iter().flat_map(|batch| &batch.chunks).cloned().collect(),
            says_rows,
            read: BTreeMap::new(),
        }
    }
}

impl Source for Scripted {
    type Chunk = Slice<Event>;
    type Position = u64;
    type Replay = replay::Replayable;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Said<Slice<Event>, u64>, SourceError> {
        if let Some(partition) = self.announce.pop_front() {
            let label = format!("scripted/{partition}");
            return Ok(Said::Added { partition, label });
        }
        let Some(Chunk { partition, events }) = self.chunks.pop_front() else {
            return Ok(Said::Ended);
        };
        let read = self.read.entry(partition).or_default();
        let first = *read;
        *read += events.len() as u64;
        Ok(Said::Chunk(Fetched {
            partition,
            rows: if self.says_rows { events.len() as u64 } else { 0 },
            bytes: 64 * events.len() as u64,
            next: *read,
            lag: None,
            chunk: Slice::new("scripted", first, events),
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}
