//! A source and a sink that do what a test says, and a log of what they were asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::source::{Event, Fetched, Open, Slice, Source, SourceError, replay};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// What happened, in order, across threads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn place(&self, what: &str) -> usize {
        let all = self.all();
        all.iter()
            .position(|noted| noted == what)
            .unwrap_or_else(|| panic!("`{what}` did not happen, but {all:?}"))
    }
}

/// What a [`Script`] says next. It ends when its sender is dropped.
#[derive(Debug)]
pub(crate) enum Say {
    Added(u32),
    CaughtUp(u32),
    Chunk(u32, Vec<i64>),
    Fail(&'static str),
    Panic(&'static str),
}

/// A source that says what it is told.
#[derive(Debug)]
pub(crate) struct Script {
    says: UnboundedReceiver<Say>,
    read: u64,
    pub(crate) log: Log,
}

pub(crate) fn script(log: &Log) -> (UnboundedSender<Say>, Script) {
    let (say, says) = unbounded_channel();
    let log = log.clone();
    (say, Script { says, read: 0, log })
}

impl Source for Script {
    type Chunk = Slice<i64>;
    type Position = u64;
    type Replay = replay::Replayable;

    fn offset(chunk: &Slice<i64>, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        self.log.note(format!("open {}", open.run.pipeline()));
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<i64>, u64>, SourceError> {
        Ok(match self.says.recv().await {
            None => Event::Ended,
            Some(Say::Added(partition)) => Event::Added {
                partition,
                label: format!("script/{partition}"),
            },
            Some(Say::CaughtUp(partition)) => Event::CaughtUp { partition },
            Some(Say::Fail(why)) => return Err(SourceError::new(why.to_owned())),
            Some(Say::Panic(why)) => panic!("{why}"),
            Some(Say::Chunk(partition, values)) => {
                let offset = self.read;
                self.read += values.len() as u64;
                Event::Chunk(Fetched {
                    partition,
                    rows: values.len() as u64,
                    bytes: 8 * values.len() as u64,
                    chunk: Slice::new("script", offset, values),
                    next: self.read,
                    lag: None,
                })
            }
        })
    }

    async fn commit(&mut self, positions: &[(u32, u64)]) -> Result<(), SourceError> {
        self.log.note(format!("source commit {positions:?}"));
        Ok(())
    }

    async fn close(&mut self) {
        self.log.note("source close");
    }
}

/// A gate that is opened once.
pub(crate) fn gate() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

/// A sink that notes what it is asked, and can be made to wait or to fail.
#[derive(Debug)]
pub(crate) struct Noting {
    log: Log,
    prepared: Vec<i64>,
    /// The commit of the first batch waits for it.
    pub(crate) first_commit: Option<watch::Receiver<bool>>,
    /// The batch that cannot be prepared.
    pub(crate) fails_at: Option<u64>,
    /// The number that it refuses once.
    pub(crate) refuses: Option<i64>,
    /// The batch at which it panics.
    pub(crate) panics_at: Option<u64>,
}

impl Noting {
    pub(crate) fn new(log: &Log) -> Self {
        Self {
            log: log.clone(),
            prepared: Vec::new(),
            first_commit: None,
            fails_at: None,
            refuses: None,
            panics_at: None,
        }
    }
}

/// Stages numbers; refuses negative ones.
#[derive(Debug)]
pub(crate) struct Plus;

impl Encode<i64, Vec<i64>> for Plus {
    fn encode(&self, record: i64, staged: &mut Vec<i64>) -> Result<(), SinkError> {
        if record < 0 {
            return Err(SinkError::new(format!("{record} is negative")));
        }
        staged.push(record);
        Ok(())
    }
}

impl Sink for Noting {
    type Staged = Vec<i64>;
    type Encoder = Plus;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> Plus {
        Plus
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<Vec<i64>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        self.log.note(format!("prepare {} {:?}", batch.batch, self.prepared));
        assert!(self.panics_at != Some(batch.batch), "no more");
        let refused = self.refuses.take_if(|number| self.prepared.contains(number));
        if self.fails_at == Some(batch.batch) || refused.is_some() {
            return Err(SinkError::new("no space left".to_owned()));
        }
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        if let Some(mut gate) = self.first_commit.take() {
            let opened = tokio::time::timeout(Duration::from_mins(1), gate.wait_for(|open| *open)).await;
            assert!(opened.is_ok(), "the next batch waits for the commit of this one");
        }
        self.log.note(format!("commit {} {:?}", batch.batch, self.prepared));
        Ok(())
    }

    async fn abort(&mut self, batch: &BatchId) {
        self.log.note(format!("abort {}", batch.batch));
    }

    async fn close(&mut self) {
        self.log.note("sink close");
    }
}
