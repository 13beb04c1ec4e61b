//! `files`: every file that a glob matches, one after the other.

mod copies;
mod descriptors;
mod glob;
mod os;
mod position;
mod reader;
mod scan;
mod table;
mod tail;
#[cfg(test)]
mod tests;
mod visit;
mod watch;

use std::path::Path;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use self::glob::Glob;
pub use self::position::{FilePosition, Mark};
use self::table::Place;
use self::tail::{How, Said, Tail};
use self::watch::{Waker, Watch};
use super::{Block, Event, Framing, Open, Source, SourceError, replay};
use crate::bench::{At, Rows};

/// `files(glob)`: the records of every file that the pattern matches.
///
/// ```
/// use std::time::Duration;
/// use streaming_runtime::source::files;
/// let lines = files("logs/2025-*/*.log").unfinished_after(Duration::from_secs(30));
/// ```
///
/// `*` and `?` match within a name, `**` any number of directories, `[a-z]` one character of a set; `[[]` is a bracket. A hidden file matches
/// only a pattern that writes the dot. Files are read as they are: one that is compressed, or no
/// text, is an error of its decoder.
///
/// **A bounded run** reads the files that are there when it starts, in the order of their names, up to the length that they then have. A line that
/// goes beyond that length is read to its end, and a last line without an end counts. A pattern without a match is an error.
///
/// **A continuous run** goes on with new files and with what is appended. A line counts when it ends. With
/// [`unfinished_after`](Self::unfinished_after) the last line counts without its end once the file has been quiet for that long. A pattern without a
/// match is a warning.
///
/// **Event time**: all files together are one partition, so the watermark does not wait for a file that was read long ago. Name files so that
/// older ones come first.
///
/// **Positions**: each file has [one of its own](FilePosition). A file is known by its identity and content, not by its name, so it may be renamed.
/// [The documentation of operators](https://docs.rs/streaming-runtime) lists which ways of rotating files are safe.
///
/// With `.csv()` the first row of *each* file names its columns. The offset of a record is that of its first byte in its file.
///
/// # Errors
/// A bounded run stops at a file or directory that it may not read. A continuous run warns, goes on with the others, and tries again. Both wait
/// while the process or the system has too many open files, and say so.
#[derive(Debug)]
pub struct Files {
    pattern: String,
    framing: Framing,
    unfinished_after: Option<Duration>,
    thread: Option<Thread>,
    ended: bool,
}

/// The thread that reads.
#[derive(Debug)]
struct Thread {
    said: mpsc::Receiver<Said>,
    waker: Waker,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.said.close();
        self.waker.wake();
    }
}

/// Reads every file that `glob` matches. See [`Files`].
#[must_use]
pub fn files(glob: impl Into<String>) -> Files {
    Files {
        pattern: glob.into(),
        framing: Framing::lines(),
        unfinished_after: None,
        thread: None,
        ended: false,
    }
}

impl Files {
    /// Counts the last line of a file without an end once the file has not grown for this long. Without this a continuous run waits for
    /// the end of the line for ever.
    #[must_use]
    pub fn unfinished_after(self, quiet: Duration) -> Self {
        Self {
            unfinished_after: Some(quiet),
            ..self
        }
    }
}

/// What the thread does: finds the files, says that it has, and follows them.
fn work(
    how: How,
    pattern: &str,
    mut resume: Vec<(String, FilePosition)>,
    watch: Watch,
    opened: oneshot::Sender<Result<(), SourceError>>,
    said: mpsc::Sender<Said>,
) {
    // A file may have positions of two patterns; that of the present one is the newer.
    resume.sort_by_key(|(label, _)| *label != pattern);
    let found = Glob::new(pattern).map(|glob| {
        let mut tail = Tail::new(how, glob, watch, said);
        let place = |label: &str, position: &FilePosition| {
            // Under the same pattern, a name that does not match is one that the file got.
            let outside = label == pattern && !tail.glob.matches(Path::new(&position.path));
            if outside { Place::Outside } else { Place::Listed }
        };
        let positions = resume
            .iter()
            .map(|(label, position)| (position, place(label, position)));
        tail.table.resume(positions);
        tail
    });
    match found {
        Ok(tail) => tail.run(pattern, &resume, opened),
        Err(error) => drop(opened.send(Err(error))),
    }
}

impl Source for Files {
    type Chunk = Block;
    type Position = FilePosition;
    type Replay = replay::Replayable;
    const GROWS: bool = true;

    fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    fn unit(position: &FilePosition) -> String {
        position.id().unit()
    }

    fn is_finished(position: &FilePosition) -> bool {
        position.finished
    }

    fn offset(chunk: &Block, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    fn place(chunk: &Block) -> Option<&str> {
        Some(&chunk.place)
    }

    async fn open(&mut self, open: Open<FilePosition>) -> Result<(), SourceError> {
        let how = How {
            framing: self.framing,
            bounded: open.bounded,
            rows: open.chunk_rows,
            room: open.chunk_bytes.max(1),
            unfinished_after: self.unfinished_after,
        };
        let (sender, said) = mpsc::channel(1);
        let (opened, is_open) = oneshot::channel();
        let (watch, waker) = Watch::new();
        let pattern = self.pattern.clone();
        self.thread = Some(Thread { said, waker });
        std::thread::Builder::new()
            .name("files".to_owned())
            .spawn(move || work(how, &pattern, open.resume, watch, opened, sender))
            .map_err(|error| SourceError::new(format!("cannot start the thread that reads files: {error}")))?;
        is_open.await.map_err(|_| stopped())?
    }

    async fn next(&mut self) -> Result<Event<Block, FilePosition>, SourceError> {
        if self.ended {
            return Ok(Event::Ended);
        }
        let thread = self.thread.as_mut().ok_or_else(stopped)?;
        let event = thread.said.recv().await.unwrap_or_else(|| Err(stopped()));
        self.ended = matches!(event, Ok(Event::Ended) | Err(_));
        event
    }

    async fn commit(&mut self, _: &[(u32, FilePosition)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Block, String> {
        Block::for_test(self.framing, rows, at)
    }
}

fn stopped() -> SourceError {
    SourceError::new("the thread that reads files has stopped").permanent()
}
