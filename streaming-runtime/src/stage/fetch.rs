use std::future::poll_fn;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::io::{FeedEvent, Io, Signal};
use super::{Command, Fed, Feed, Orders, Resumed, Size, Span, Told, orders, panic_text};
use crate::faults::{self, Bug};
use crate::held::{Held, held};
use crate::run::{Act, At};
use crate::settings::Settings;
use crate::source::{Event, Fetched, Open, Source, SourceError};
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
    let (teller, orders) = orders();
    feed.connect(teller);
    let post = Held::new(Post {
        stage,
        io: io.clone(),
        chunks: Vec::new(),
    });
    watch(io.runtime.spawn(own(source, feed, orders, post)), stage, io);
}

/// What the task of a source knows besides the source. It knows no types of the user's, so that it is compiled once.
struct Post {
    stage: u32,
    io: Io,
    /// Chunks of each partition that were read by earlier runs.
    chunks: Vec<(String, u64)>,
}

held!(Post);

impl Post {
    /// An earlier run has read so many chunks of a partition.
    fn resumes(&mut self, label: &str, chunks: u64) {
        match self.chunks.iter_mut().find(|(known, _)| known == label) {
            Some((_, known)) => *known = (*known).max(chunks),
            None => self.chunks.push((label.to_owned(), chunks)),
        }
    }

    /// The number of the next chunk of a partition.
    fn next_chunk(&self, label: &str) -> u64 {
        let known = self.chunks.iter().find(|(known, _)| known == label);
        known
            .filter(|_| !faults::is(Bug::ChunksNumberedAnew))
            .map_or(0, |(_, chunks)| *chunks)
    }

    fn tell(&self, event: FeedEvent) {
        let stage = self.stage;
        self.io.tell(Signal::Source { stage, event });
    }

    fn at(&self, act: fn(u32) -> Act) -> At {
        self.io.run.at(act(self.stage))
    }
}

/// Says how the task of a source ended.
fn watch(task: JoinHandle<Result<(), SourceError>>, stage: u32, io: &Io) {
    let io = io.clone();
    let runtime = io.runtime.clone();
    runtime.spawn(async move {
        let error = match task.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(gone) => gone
                .try_into_panic()
                .ok()
                .map(|panic| SourceError::new(format!("panicked: {}", panic_text(&*panic))).permanent()),
        };
        if let Some(error) = error {
            io.tell(Signal::SourceFailed { stage, error });
        }
        io.tell(Signal::SourceClosed);
    });
}

async fn own<S: Source>(
    mut source: S,
    feed: Arc<Feed<S>>,
    mut orders: Held<Orders>,
    mut post: Held<Post>,
) -> Result<(), SourceError> {
    let resumed = feed.take_resume();
    let mut resume = Vec::with_capacity(resumed.len());
    for Resumed { label, next, chunks } in resumed {
        post.resumes(&label, chunks);
        resume.push((label, next));
    }
    let open = Open {
        bounded: post.io.bounded,
        resume,
        run: Arc::clone(&post.io.run),
        chunk_rows: post.io.chunk.rows,
        chunk_bytes: post.io.chunk.bytes,
    };
    {
        let _at = post.at(Act::OpenSource);
        source.open(open).await?;
    }
    let result = obey(&mut source, &feed, &mut orders, &post).await;
    let _at = post.at(Act::CloseSource);
    source.close().await;
    result
}

/// Until the source is told to close.
async fn obey<S: Source>(source: &mut S, feed: &Feed<S>, orders: &mut Orders, post: &Post) -> Result<(), SourceError> {
    let mut fetching = true;
    let mut places = Places(Vec::new());
    loop {
        tokio::select! {
            biased;
            told = poll_fn(|cx| orders.poll_next(cx)) => match told {
                Told::Command(Command::Stop) => fetching = false,
                Told::Command(Command::Commit) => {
                    if let Some(written) = feed.next_written() {
                        source.commit(&written).await?;
                    }
                }
                Told::Command(Command::Close) => return Ok(()),
                Told::Enlist => {
                    let enlisted = source.enlist(&feed.sealed()).await;
                    orders.enlisted(enlisted);
                }
            },
            event = async { post.io.room.wait().await; source.next().await }, if fetching => {
                if let Some(event) = announce(event?, feed, &mut places, post) {
                    fetching = !matches!(event, FeedEvent::Ended);
                    post.tell(event);
                }
            }
        }
    }
}

/// Where reading stands, by partition.
struct Places<P>(Vec<(u32, Reading<P>)>);

impl<P> Places<P> {
    fn find(&self, partition: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&partition, |(known, _)| *known)
    }

    /// Reading of the partition begins with the chunk of this number.
    fn begin(&mut self, partition: u32, chunk: u64) -> &mut Reading<P> {
        let reading = Reading { chunk, next: None };
        let at = match self.find(partition) {
            Ok(at) => {
                self.0[at].1 = reading;
                at
            }
            Err(at) => {
                self.0.insert(at, (partition, reading));
                at
            }
        };
        &mut self.0[at].1
    }

    fn of(&mut self, partition: u32) -> &mut Reading<P> {
        match self.find(partition) {
            Ok(at) => &mut self.0[at].1,
            Err(_) => self.begin(partition, 0),
        }
    }

    fn end(&mut self, partition: u32) {
        if let Ok(at) = self.find(partition) {
            self.0.remove(at);
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
    places: &mut Places<S::Position>,
    post: &Post,
) -> Option<FeedEvent> {
    Some(match event {
        Event::Added { partition, label } => {
            places.begin(partition, post.next_chunk(&label));
            let arm = S::arm(partition);
            FeedEvent::Added { partition, arm, label }
        }
        Event::Removed { partition } => {
            places.end(partition);
            FeedEvent::Removed { partition }
        }
        Event::Moved { partition, next } => {
            let reading = places.of(partition);
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
            let reading = places.of(partition);
            let tag = Tag {
                partition,
                chunk: reading.chunk,
            };
            reading.chunk += 1;
            post.io.room.take(bytes);
            let span = Some(reading.span(next));
            FeedEvent::Chunk(feed.put(Fed { tag, chunk, span }, Size { rows, bytes, lag }))
        }
    })
}
