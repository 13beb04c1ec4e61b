use std::sync::Arc;

use super::{Event, Fetched, Open, Origin, Records, Replay, Source, SourceError};
use crate::testing::{At, Rows};

/// `memory(values)`: records that are there already, lent to the pipeline one by one as `&T`.
#[derive(Debug)]
pub struct Memory<T> {
    values: Arc<Vec<T>>,
    state: State,
    rows: usize,
}

#[derive(Debug, Clone, Copy)]
enum State {
    New,
    At(usize),
}

/// A source of the given values. It ends when all are read.
///
/// ```
/// use streaming_runtime::source::memory;
/// let numbers = memory(vec![1, 2, 3]);
/// ```
pub fn memory<T: Send + Sync + 'static>(values: impl Into<Arc<Vec<T>>>) -> Memory<T> {
    Memory {
        values: values.into(),
        state: State::New,
        rows: 8192,
    }
}

/// A run of values.
#[derive(Debug)]
pub struct Slice<T> {
    values: Arc<Vec<T>>,
    from: usize,
    to: usize,
}

impl<T: Send + Sync> Records for Slice<T> {
    type Record<'c>
        = &'c T
    where
        T: 'c;
    type Meta<'c>
        = Origin<'c>
    where
        T: 'c;
    #[inline]
    fn records(&self) -> impl Iterator<Item = (Origin<'_>, &T)> {
        let from = self.from as u64;
        self.values[self.from..self.to]
            .iter()
            .enumerate()
            .map(move |(i, value)| {
                (
                    Origin {
                        place: "memory",
                        offset: from + i as u64,
                    },
                    value,
                )
            })
    }
}

impl<T: Send + Sync + 'static> Source for Memory<T> {
    type Chunk = Slice<T>;
    type Position = u64;
    const REPLAY: Replay = Replay::Replayable;

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.rows = open.chunk_rows.max(1);
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<T>, u64>, SourceError> {
        let at = match self.state {
            State::New => {
                self.state = State::At(0);
                return Ok(Event::Added {
                    partition: 0,
                    label: "memory".to_owned(),
                });
            }
            State::At(at) if at == self.values.len() => return Ok(Event::Ended),
            State::At(at) => at,
        };
        let to = self.values.len().min(at + self.rows);
        self.state = State::At(to);
        Ok(Event::Chunk(Fetched {
            partition: 0,
            chunk: Slice {
                values: Arc::clone(&self.values),
                from: at,
                to,
            },
            rows: (to - at) as u64,
            bytes: ((to - at) * size_of::<T>()) as u64,
            next: to as u64,
            lag: Some((self.values.len() - to) as u64),
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, _: &At) -> Result<Slice<T>, String> {
        let values: Vec<T> = rows.into_values()?;
        Ok(Slice {
            from: 0,
            to: values.len(),
            values: Arc::new(values),
        })
    }
}
