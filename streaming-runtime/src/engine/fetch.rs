use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::Act;
use super::io::{FeedEvent, Io, Signal};
use crate::faults::{self, Bug};
use crate::settings::Settings;
use crate::source::{Event, Fetched, Open, Source, SourceError};
use crate::stage::{Fed, Feed, Resumed, Size, Span, Told, panic_text};
use crate::task::Tag;

/// How much a chunk should hold at most: a chunk is what one worker takes at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkLimit {
    rows: usize,
    bytes: usize,
}

impl ChunkLimit {
    /// Large enough that handing a chunk over costs nothing, small enough to keep all workers busy; never more than a batch may
    /// hold.
    pub(crate) fn within(settings: &Settings) -> Self {
        let at_most = |limit: usize, batch: u64| usize::try_from(batch).unwrap_or(usize::MAX).clamp(1, limit);
        Self {
            rows: at_most(64 * 1024, settings.max_batch_rows),
            bytes: at_most(1 << 20, settings.max_batch_bytes),
        }
    }
}

/// Starts the task that owns a source: it asks for the next event as long as there is room, and carries out commands.
pub(crate) fn fetch<S: Source>(source: S, feed: Arc<Feed<S>>, stage: u32, io: &Io) {
    let (commands, told) = unbounded_channel();
    feed.connect(commands);
    watch(io.runtime.spawn(own(source, feed, told, stage, io.clone())), stage, io);
}

/// Says how the task of a source ended.
fn watch(task: JoinHandle<Result<(), SourceError>>, stage: u32, io: &Io) {
    let io = io.clone();
    let runtime = io.runtime.clone();
    runtime.spawn(async move {
        let message = match task.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(gone) => gone
                .try_into_panic()
                .ok()
                .map(|panic| format!("panicked: {}", panic_text(&*panic))),
        };
        if let Some(message) = message {
            io.tell(Signal::SourceFailed { stage, message });
        }
        io.tell(Signal::SourceClosed);
    });
}

async fn own<S: Source>(
    mut source: S,
    feed: Arc<Feed<S>>,
    mut told: UnboundedReceiver<Told<S::Position>>,
    stage: u32,
    io: Io,
) -> Result<(), SourceError> {
    let resumed = feed.take_resume();
    let mut numbers: HashMap<String, u64> = HashMap::new();
    for Resumed { label, chunks, .. } in &resumed {
        let known = numbers.entry(label.clone()).or_default();
        *known = (*known).max(*chunks);
    }
    let open = Open {
        bounded: io.bounded,
        resume: resumed.into_iter().map(|r| (r.label, r.next)).collect(),
        run: Arc::clone(&io.run),
        chunk_rows: io.chunk.rows,
        chunk_bytes: io.chunk.bytes,
    };
    {
        let _at = io.run.at(Act::OpenSource(stage));
        source.open(open).await?;
    }
    let result = obey(&mut source, &feed, &mut told, stage, &io, &numbers).await;
    let _at = io.run.at(Act::CloseSource(stage));
    source.close().await;
    result
}

/// Until the source is told to close.
async fn obey<S: Source>(
    source: &mut S,
    feed: &Feed<S>,
    told: &mut UnboundedReceiver<Told<S::Position>>,
    stage: u32,
    io: &Io,
    numbers: &HashMap<String, u64>,
) -> Result<(), SourceError> {
    let mut fetching = true;
    let mut places = HashMap::new();
    loop {
        tokio::select! {
            biased;
            command = told.recv() => match command {
                Some(Told::Stop) => fetching = false,
                // Whoever asked may have given up.
                Some(Told::Enlist(positions, reply)) => drop(reply.send(source.enlist(&positions).await)),
                Some(Told::Commit(positions)) => source.commit(&positions).await?,
                Some(Told::Close) | None => return Ok(()),
            },
            event = async { io.room.wait().await; source.next().await }, if fetching => {
                if let Some(event) = announce(event?, feed, &mut places, io, numbers) {
                    fetching = !matches!(event, FeedEvent::Ended);
                    io.tell(Signal::Source { stage, event });
                }
            }
        }
    }
}

/// Where reading stands in one partition.
struct Reading<P> {
    chunk: u64,
    next: Option<P>,
}

impl<P: Clone> Reading<P> {
    /// From where to where it goes on, up to `next`.
    fn span(&mut self, next: P) -> Span<P> {
        Span {
            first: self.next.replace(next.clone()),
            next,
            chunks: self.chunk,
        }
    }
}

/// What the engine is told of an event. A chunk goes into the feed, and the engine gets its ticket.
fn announce<S: Source>(
    event: Event<S::Chunk, S::Position>,
    feed: &Feed<S>,
    places: &mut HashMap<u32, Reading<S::Position>>,
    io: &Io,
    numbers: &HashMap<String, u64>,
) -> Option<FeedEvent> {
    Some(match event {
        Event::Added { partition, label } => {
            let known = numbers.get(&label).filter(|_| !faults::is(Bug::ChunksNumberedAnew));
            let chunk = known.copied().unwrap_or(0);
            places.insert(partition, Reading { chunk, next: None });
            let arm = S::arm(partition);
            FeedEvent::Added { partition, arm, label }
        }
        Event::Removed { partition } => {
            places.remove(&partition);
            FeedEvent::Removed { partition }
        }
        Event::Moved { partition, next } => {
            let reading = places.entry(partition).or_insert(Reading { chunk: 0, next: None });
            feed.move_to(partition, reading.span(next));
            return None;
        }
        Event::CaughtUp { partition } => FeedEvent::CaughtUp { partition },
        Event::ArmsEnded { arms } => FeedEvent::ArmsEnded { arms },
        Event::Ended => FeedEvent::Ended,
        Event::Chunk(Fetched {
            partition,
            chunk,
            rows,
            bytes,
            next,
            lag,
        }) => {
            let reading = places.entry(partition).or_insert(Reading { chunk: 0, next: None });
            let tag = Tag {
                partition,
                chunk: reading.chunk,
            };
            reading.chunk += 1;
            io.room.take(bytes);
            let span = Some(reading.span(next));
            FeedEvent::Chunk(feed.put(Fed { tag, chunk, span }, Size { rows, bytes, lag }))
        }
    })
}
