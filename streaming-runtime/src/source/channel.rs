use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::{Event, Fetched, Open, Slice, Source, SourceError, replay};
use crate::bench::{At, Rows};

/// `channel(receiver)`: the values that the program sends, lent to the pipeline as `&T`.
///
/// The source ends when every sender is gone and all is read. A bounded run ends earlier, as soon as the channel is empty. While the
/// pipeline is behind, the channel fills and its senders wait. Values cannot be read again.
#[derive(Debug)]
pub struct Channel<T> {
    receiver: Receiver<T>,
    bounded: bool,
    chunk_rows: usize,
    announced: bool,
    caught_up: bool,
    read: u64,
}

/// Reads what is sent into a tokio channel. See [`Channel`].
///
/// ```
/// use streaming_runtime::source::channel;
/// let (sender, receiver) = tokio::sync::mpsc::channel(1024);
/// let numbers = channel(receiver);
/// sender.try_send(1).unwrap();
/// ```
#[must_use]
pub fn channel<T: Send + Sync + 'static>(receiver: Receiver<T>) -> Channel<T> {
    Channel {
        receiver,
        bounded: false,
        chunk_rows: 1,
        announced: false,
        caught_up: false,
        read: 0,
    }
}

impl<T> Channel<T> {
    /// All values that are there, as far as one chunk takes them.
    fn drain(&mut self, values: &mut Vec<T>) {
        while values.len() < self.chunk_rows
            && let Ok(value) = self.receiver.try_recv()
        {
            values.push(value);
        }
    }

    fn chunk(&mut self, first: T) -> Fetched<Slice<T>, u64> {
        let mut values = vec![first];
        self.drain(&mut values);
        let (rows, offset) = (values.len() as u64, self.read);
        self.read += rows;
        self.caught_up = false;
        Fetched {
            partition: 0,
            rows,
            bytes: rows * size_of::<T>() as u64,
            chunk: Slice::new("channel", offset, values),
            next: self.read,
            lag: Some(self.receiver.len() as u64),
        }
    }
}

impl<T: Send + Sync + 'static> Source for Channel<T> {
    type Chunk = Slice<T>;
    type Position = u64;
    type Replay = replay::Gone;

    fn offset(chunk: &Slice<T>, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.bounded = open.bounded;
        self.chunk_rows = open.chunk_rows.max(1);
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<T>, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = "channel".to_owned();
            return Ok(Event::Added { partition: 0, label });
        }
        let first = match self.receiver.try_recv() {
            Ok(value) => Some(value),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) if self.bounded => None,
            Err(TryRecvError::Empty) if !self.caught_up => {
                self.caught_up = true;
                return Ok(Event::CaughtUp { partition: 0 });
            }
            Err(TryRecvError::Empty) => self.receiver.recv().await,
        };
        Ok(first.map_or(Event::Ended, |first| Event::Chunk(self.chunk(first))))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Slice<T>, String> {
        Ok(Slice::new("channel", at.offset, rows.into_values()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Meta, Records};

    fn how(bounded: bool) -> Open<u64> {
        Open {
            bounded,
            resume: Vec::new(),
            run: crate::run::Run::new("test"),
            chunk_rows: 2,
            chunk_bytes: 1000,
        }
    }

    async fn next(source: &mut Channel<char>) -> String {
        match source.next().await.unwrap() {
            Event::Chunk(fetched) => {
                let one = |(at, value): (crate::source::Origin<'_>, &char)| format!("{}{value}", at.offset());
                fetched.chunk.records().map(one).collect()
            }
            Event::Added { label, .. } => label,
            Event::CaughtUp { .. } => "caught up".to_owned(),
            Event::Ended => "ended".to_owned(),
            Event::Removed { .. } => "removed".to_owned(),
            Event::ArmsEnded { .. } => "some ended".to_owned(),
            Event::Moved { .. } => "moved".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_continuous_run_reads_until_the_senders_are_gone() {
        let (sender, receiver) = tokio::sync::mpsc::channel(10);
        let mut source = channel(receiver);
        source.open(how(false)).await.unwrap();
        assert_eq!(next(&mut source).await, "channel");
        assert_eq!(next(&mut source).await, "caught up");
        for value in ['a', 'b', 'c'] {
            sender.send(value).await.unwrap();
        }
        assert_eq!(next(&mut source).await, "0a1b");
        assert_eq!(next(&mut source).await, "2c");
        assert_eq!(next(&mut source).await, "caught up");
        let send = async {
            sender.send('d').await.unwrap();
            drop(sender);
        };
        let (found, ()) = tokio::join!(next(&mut source), send);
        assert_eq!(found, "3d");
        assert_eq!(next(&mut source).await, "ended");
    }

    #[tokio::test]
    async fn a_bounded_run_reads_what_is_there() {
        let (sender, receiver) = tokio::sync::mpsc::channel(10);
        let mut source = channel(receiver);
        source.open(how(true)).await.unwrap();
        sender.send('a').await.unwrap();
        assert_eq!(next(&mut source).await, "channel");
        assert_eq!(next(&mut source).await, "0a");
        assert_eq!(next(&mut source).await, "ended");
    }
}
