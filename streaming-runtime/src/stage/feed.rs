use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::source::{Source, SourceError};
use crate::task::Tag;

/// Chunks on their way from a source to the workers, and how far the open batch has read.
///
/// The task that fetches puts chunks in at one end and tells the engine so; the engine decides into which batch each goes and
/// has it taken out at the other end.
pub(crate) struct Feed<S: Source> {
    resume: Mutex<Vec<Resumed<S::Position>>>,
    queue: Mutex<Queue<S>>,
    commands: OnceLock<UnboundedSender<Told<S::Position>>>,
}

opaque_debug!([S: Source] Feed<S>);

struct Queue<S: Source> {
    chunks: VecDeque<Queued<S>>,
    /// How far the open batch has read, and where it began.
    open: BTreeMap<u32, Span<S::Position>>,
    /// How far the batch that is being written has read.
    sealed: Vec<(u32, S::Position)>,
}

/// A [`Resume`] whose position is read.
#[derive(Debug)]
pub(crate) struct Resumed<P> {
    pub(crate) label: String,
    pub(crate) next: P,
    pub(crate) chunks: u64,
}

/// A chunk that waits for a worker.
pub(crate) struct Queued<S: Source> {
    pub(crate) tag: Tag,
    pub(crate) chunk: S::Chunk,
    /// `None` for what a test pushes: there is no position to go back to.
    pub(crate) span: Option<Span<S::Position>>,
}

/// From where to where a chunk, or a batch, reads in one partition.
#[derive(Debug, Clone)]
pub(crate) struct Span<P> {
    pub(crate) first: Option<P>,
    pub(crate) next: P,
    /// Chunks of the partition up to here.
    pub(crate) chunks: u64,
}

/// Where to go on reading in one partition, as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// What a person calls the partition.
    pub(crate) label: String,
    /// The source's position, as JSON.
    pub(crate) next: String,
    /// Chunks that were read before: their numbers go on, because they order records of the same time.
    pub(crate) chunks: u64,
}

/// How far a batch has read in one partition, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub(crate) partition: u32,
    /// Chunks that were read in all.
    pub(crate) chunks: u64,
    pub(crate) first: Option<String>,
    pub(crate) next: String,
}

/// What the engine tells every source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Fetch no more.
    Stop,
    /// The batch that was sealed last is written.
    Commit,
    /// Close: nothing more is asked.
    Close,
}

/// The same, as the task that owns the source is told.
#[derive(Debug)]
pub(crate) enum Told<P> {
    Stop,
    Enlist(Vec<(u32, P)>, oneshot::Sender<Result<(), SourceError>>),
    Commit(Vec<(u32, P)>),
    Close,
}

impl<S: Source> Default for Feed<S> {
    fn default() -> Self {
        Self {
            resume: Mutex::default(),
            queue: Mutex::new(Queue {
                chunks: VecDeque::new(),
                open: BTreeMap::new(),
                sealed: Vec::new(),
            }),
            commands: OnceLock::new(),
        }
    }
}

impl<S: Source> Feed<S> {
    fn queue(&self) -> MutexGuard<'_, Queue<S>> {
        self.queue.lock().expect("no panic while locked")
    }

    pub(crate) fn connect(&self, commands: UnboundedSender<Told<S::Position>>) {
        assert!(self.commands.set(commands).is_ok(), "a source is launched once");
    }

    /// Keeps where the source goes on until it is [opened](Self::take_resume).
    pub(crate) fn resume(&self, resume: Vec<Resume>) -> Result<(), String> {
        let read = |Resume { label, next, chunks }| match serde_json::from_str(&next) {
            Ok(next) => Ok(Resumed { label, next, chunks }),
            Err(error) => Err(format!(
                "the position of `{label}` is `{next}`, which this source cannot read ({error}): it was another source's"
            )),
        };
        *self.resume.lock().expect("no panic while locked") = resume.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(())
    }

    pub(crate) fn take_resume(&self) -> Vec<Resumed<S::Position>> {
        std::mem::take(&mut self.resume.lock().expect("no panic while locked"))
    }

    pub(crate) fn put(&self, queued: Queued<S>) {
        self.queue().chunks.push_back(queued);
    }

    /// Takes the next chunk into the open batch.
    pub(crate) fn take(&self) -> Option<(Tag, S::Chunk)> {
        let mut queue = self.queue();
        let Queued { tag, chunk, span } = queue.chunks.pop_front()?;
        if let Some(span) = span {
            match queue.open.get_mut(&tag.partition) {
                Some(open) => {
                    open.next = span.next;
                    open.chunks = span.chunks;
                }
                None => {
                    queue.open.insert(tag.partition, span);
                }
            }
        }
        Some((tag, chunk))
    }

    pub(crate) fn seal(&self) -> Vec<Reached> {
        let mut queue = self.queue();
        let open = std::mem::take(&mut queue.open);
        let reached = open
            .iter()
            .map(|(partition, span)| Reached {
                partition: *partition,
                chunks: span.chunks,
                first: span.first.as_ref().map(text),
                next: text(&span.next),
            })
            .collect();
        queue
            .sealed
            .extend(open.into_iter().map(|(partition, span)| (partition, span.next)));
        reached
    }

    pub(crate) fn command(&self, command: Command) {
        let told = match command {
            Command::Stop => Told::Stop,
            Command::Close => Told::Close,
            Command::Commit => {
                let sealed = std::mem::take(&mut self.queue().sealed);
                if sealed.is_empty() {
                    return;
                }
                Told::Commit(sealed)
            }
        };
        // In a test nobody is connected; and a task that is gone has said why.
        if let Some(commands) = self.commands.get() {
            let _ = commands.send(told);
        }
    }

    /// Has the source put the positions of the batch that closed into a transaction.
    pub(crate) async fn enlist(&self) -> Result<(), SourceError> {
        let sealed = self.queue().sealed.clone();
        // In a test nobody is connected.
        let Some(commands) = self.commands.get().filter(|_| !sealed.is_empty()) else {
            return Ok(());
        };
        let (reply, answer) = oneshot::channel();
        let gone = || SourceError("its task is gone".to_owned());
        commands.send(Told::Enlist(sealed, reply)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(crate) fn discard(&self) {
        let mut queue = self.queue();
        queue.chunks.clear();
        queue.open.clear();
        queue.sealed.clear();
    }
}

fn text<P: serde::Serialize + std::fmt::Debug>(position: &P) -> String {
    serde_json::to_string(position).unwrap_or_else(|_| format!("{position:?}"))
}
