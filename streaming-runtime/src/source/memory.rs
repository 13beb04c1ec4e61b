use super::{Event, Fetched, IntoValues, Open, Slice, Source, SourceError, Values, replay};
use crate::bench::{At, Rows};

/// `memory(values)`: records that are there already, lent to the pipeline one by one as `&T`.
#[derive(Debug)]
pub struct Memory<T: 'static> {
    values: Values<T>,
    announced: bool,
    at: usize,
    chunk_rows: usize,
}

/// A source of the given values, a `Vec`, an array, an `Arc<Vec>` or a `&'static` slice: none is cloned. It ends when all are read.
///
/// ```
/// use streaming_runtime::source::memory;
/// let numbers = memory([1, 2, 3]);
/// let words = memory(["a", "b"].as_slice());
/// ```
pub fn memory<T: Send + Sync + 'static>(values: impl IntoValues<T>) -> Memory<T> {
    Memory {
        values: values.into_values(),
        announced: false,
        at: 0,
        chunk_rows: 8192,
    }
}

impl<T: Send + Sync + 'static> Source for Memory<T> {
    type Chunk = Slice<T>;
    type Position = u64;
    type Replay = replay::Replayable;

    fn offset(chunk: &Slice<T>, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.chunk_rows = open.chunk_rows.max(1);
        if let Some((_, at)) = open.resume.first() {
            self.at = usize::try_from(*at)
                .unwrap_or(usize::MAX)
                .min(self.values.as_slice().len());
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<T>, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = "memory".to_owned();
            return Ok(Event::Added { partition: 0, label });
        }
        let (from, all) = (self.at, self.values.as_slice().len());
        if from == all {
            return Ok(Event::Ended);
        }
        self.at = all.min(from.saturating_add(self.chunk_rows));
        let rows = self.at - from;
        Ok(Event::Chunk(Fetched {
            partition: 0,
            chunk: Slice::part("memory", &self.values, from, self.at),
            rows: rows as u64,
            bytes: (rows * size_of::<T>()) as u64,
            next: self.at as u64,
            lag: Some((all - self.at) as u64),
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Slice<T>, String> {
        Ok(Slice::new("memory", at.offset, rows.into_values()?))
    }
}
