//! `files`: every file that a glob matches, one after the other.

mod listing;
mod reader;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Sleep, sleep};

use self::listing::{Job, Listing};
use self::reader::Reader;
use super::{Block, Event, Fetched, Framing, Open, Source, SourceError, replay};
use crate::testing::{At, Rows};

/// How often a continuous run looks for new files and new bytes.
const POLL: Duration = Duration::from_millis(200);

/// `files(glob)`: the records of every file that the pattern matches, a file after the other in the order of their names.
///
/// ```
/// use streaming_runtime::source::files;
/// let lines = files("logs/2025-*/*.log");
/// ```
///
/// `*` and `?` match within a name, `**` any number of directories, `[a-z]` one character of a set. A hidden file matches only a pattern
/// that writes the dot. Files are read as they are: one that is compressed, or no
/// text, is an error of its decoder.
///
/// **A bounded run** reads what is there when it starts: the files that match, up to the length they have. A pattern without a match is
/// an error.
///
/// **A continuous run** looks again every 200 ms once all is read. New files follow in the order of their names. A file that has grown is read on from
/// where it ended. The last line of a file counts when it ends with a line feed, or when the file has not changed between two looks. A file that became
/// shorter is read again from its start.
///
/// **Event time**: all files together are one partition, so the watermark does not wait for a file that was read long ago. Name files so
/// that older ones come first.
///
/// **Positions** can be read again, but nothing keeps them: every process begins with the first file. (Opened at a position, a source counts files
/// whose names come before that one's as read.)
///
/// With `.csv()` the first row of *each* file names its columns. The offset of a record is that of its first byte in its file.
///
/// # Errors
/// The source stops at a file it may not read.
#[derive(Debug)]
pub struct Files {
    pattern: String,
    framing: Framing,
    bounded: bool,
    rows: usize,
    room: usize,
    listing: Option<Listing>,
    caught_up: bool,
    state: State,
}

/// Where reading of `files` stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPosition {
    /// The file read last.
    pub file: String,
    /// Its bytes before this one were read.
    pub offset: u64,
    /// The last file in name order that was opened: those before it were read too.
    pub last: String,
}

#[derive(Debug)]
enum State {
    /// Nothing was said yet.
    New,
    /// The next file is due.
    Next,
    /// A block is being read.
    Reading(JoinHandle<Result<Read, SourceError>>),
    /// All is read: the next look is due.
    Waiting(Pin<Box<Sleep>>),
    /// New files are being looked for.
    Looking(JoinHandle<Result<Listing, SourceError>>),
    Ended,
}

/// What a blocking read gives back; without a reader the file had vanished.
type Read = Option<(Reader, Option<Block>)>;

/// Reads every file that `glob` matches. See [`Files`].
#[must_use]
pub fn files(glob: impl Into<String>) -> Files {
    Files {
        pattern: glob.into(),
        framing: Framing::lines(),
        bounded: false,
        rows: usize::MAX,
        room: 0,
        listing: None,
        caught_up: false,
        state: State::New,
    }
}

impl Files {
    fn listing(&mut self) -> &mut Listing {
        self.listing.as_mut().expect("opened, and not looking for files")
    }

    /// Waits for what goes on, and says what comes then. Waits at most once, before it changes anything: the future may be dropped there.
    async fn step(&mut self) -> Result<(State, Option<Event<Block, FilesPosition>>), SourceError> {
        Ok(match &mut self.state {
            State::New => {
                let label = self.pattern.clone();
                (State::Next, Some(Event::Added { partition: 0, label }))
            }
            State::Next => self.turn(),
            State::Reading(read) => {
                let read = read.await.map_err(|e| stopped(&e))??;
                self.take(read)
            }
            State::Waiting(until) => {
                until.await;
                let mut listing = self.listing.take().expect("opened, and not looking for files");
                let look = spawn_blocking(move || listing.refresh().map(|()| listing));
                (State::Looking(look), None)
            }
            State::Looking(look) => {
                self.listing = Some(look.await.map_err(|e| stopped(&e))??);
                (State::Next, None)
            }
            State::Ended => (State::Ended, Some(Event::Ended)),
        })
    }

    /// Begins what is due when no file is being read.
    fn turn(&mut self) -> (State, Option<Event<Block, FilesPosition>>) {
        if let Some(job) = self.listing().pop() {
            self.caught_up = false;
            let (framing, rows, room) = (self.framing, self.rows, self.room);
            return (
                State::Reading(spawn_blocking(move || start(job, framing, rows, room))),
                None,
            );
        }
        if self.bounded {
            return (State::Ended, None);
        }
        let event = (!std::mem::replace(&mut self.caught_up, true)).then_some(Event::CaughtUp { partition: 0 });
        (State::Waiting(Box::pin(sleep(POLL))), event)
    }

    /// Takes what was read, and lets the next block be read meanwhile.
    fn take(&mut self, read: Read) -> (State, Option<Event<Block, FilesPosition>>) {
        let Some((reader, block)) = read else {
            return (State::Next, None);
        };
        let Some(chunk) = block else {
            let (path, offset, len) = (reader.path().clone(), reader.offset(), reader.len());
            self.listing().done(path, offset, len);
            return (State::Next, None);
        };
        let next = self.listing().position(reader.path(), reader.offset());
        let event = Event::Chunk(Fetched {
            partition: 0,
            rows: chunk.rows(),
            bytes: chunk.size(),
            chunk,
            next,
            lag: None,
        });
        (State::Reading(spawn_blocking(move || go_on(reader))), Some(event))
    }
}

fn start(job: Job, framing: Framing, rows: usize, room: usize) -> Result<Read, SourceError> {
    match Reader::open(job, framing, rows, room)? {
        Some(reader) => go_on(reader),
        None => Ok(None),
    }
}

fn go_on(mut reader: Reader) -> Result<Read, SourceError> {
    let block = reader.block()?;
    Ok(Some((reader, block)))
}

impl Source for Files {
    type Chunk = Block;
    type Position = FilesPosition;
    type Replay = replay::Replayable;
    const GROWS: bool = true;

    fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    fn offset(chunk: &Block, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    fn place(chunk: &Block) -> Option<&str> {
        Some(&chunk.place)
    }

    async fn open(&mut self, open: Open<FilesPosition>) -> Result<(), SourceError> {
        self.bounded = open.bounded;
        self.rows = open.chunk_rows;
        self.room = open.chunk_bytes.max(1);
        let mut listing = Listing::new(self.pattern.clone());
        let position = open.resume.into_iter().next().map(|(_, position)| position);
        let bounded = open.bounded;
        let listing = spawn_blocking(move || {
            if let Some(position) = position {
                listing.resume(&position)?;
            }
            if bounded { listing.snapshot() } else { listing.refresh() }.map(|()| listing)
        });
        self.listing = Some(listing.await.map_err(|e| stopped(&e))??);
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Block, FilesPosition>, SourceError> {
        loop {
            let event = match self.step().await {
                Ok((state, event)) => {
                    self.state = state;
                    event
                }
                Err(error) => {
                    self.state = State::Ended;
                    return Err(error);
                }
            };
            if let Some(event) = event {
                return Ok(event);
            }
        }
    }

    async fn commit(&mut self, _: &[(u32, FilesPosition)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Block, String> {
        Block::for_test(self.framing, rows, at)
    }
}

fn stopped(error: &tokio::task::JoinError) -> SourceError {
    SourceError(format!("the thread that reads files has stopped: {error}"))
}
