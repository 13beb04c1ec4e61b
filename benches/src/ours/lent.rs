//! Records in memory, lent in chunks of a given size.

use std::borrow::Cow;

use streaming_runtime::source::{Event, Fetched, Meta, Open, Records, Source, SourceError, replay};

/// A source of records that is asked for chunk after chunk.
#[derive(Debug)]
pub(crate) struct Lent<T: 'static> {
    rest: &'static [T],
    rows: usize,
    announced: bool,
}

/// The records in chunks of `rows`.
pub(crate) fn lent<T>(records: &'static [T], rows: usize) -> Lent<T> {
    Lent {
        rest: records,
        rows,
        announced: false,
    }
}

impl<T: Sync> Source for Lent<T> {
    type Chunk = Chunk<T>;
    /// Records that are left.
    type Position = u64;
    type Replay = replay::Replayable;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Chunk<T>, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = "memory".to_owned();
            return Ok(Event::Added { partition: 0, label });
        }
        if self.rest.is_empty() {
            return Ok(Event::Ended);
        }
        let (chunk, rest) = self.rest.split_at(self.rows.min(self.rest.len()));
        self.rest = rest;
        Ok(Event::Chunk(Fetched {
            partition: 0,
            chunk: Chunk(chunk),
            rows: chunk.len() as u64,
            bytes: size_of_val(chunk) as u64,
            next: rest.len() as u64,
            lag: Some(rest.len() as u64),
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Some of the records.
#[derive(Debug)]
pub(crate) struct Chunk<T: 'static>(&'static [T]);

/// A record in memory stands nowhere in particular.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Meta for Nowhere {
    fn place(&self) -> Cow<'_, str> {
        "memory".into()
    }
    fn offset(&self) -> u64 {
        0
    }
}

impl<T: Sync> Records for Chunk<T> {
    type Record<'c> = &'c T;
    type Meta<'c> = Nowhere;

    fn records(&self) -> impl Iterator<Item = (Nowhere, &T)> {
        self.0.iter().map(|record| (Nowhere, record))
    }
}
