use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock};

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
    /// How far the open batch has read, and where it began, in the order of `units`.
    open: Vec<Span<S::Position>>,
    units: Units,
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

/// What waits in a feed.
pub(crate) enum Queued<S: Source> {
    /// A chunk, for a worker.
    Chunk {
        tag: Tag,
        chunk: S::Chunk,
        /// `None` for what a test pushes: there is no position to go back to.
        span: Option<Span<S::Position>>,
    },
    /// The position moved without data.
    Moved { partition: u32, span: Span<S::Position> },
}

/// From where to where a chunk, or a batch, reads in one partition.
#[derive(Debug, Clone)]
pub(crate) struct Span<P> {
    pub(crate) first: Option<P>,
    pub(crate) next: P,
    /// Chunks of the partition up to here.
    pub(crate) chunks: u64,
}

/// Where to go on reading in one unit of a partition, as a checkpoint keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// Which of the sources that the stage reads.
    pub(crate) arm: usize,
    /// What a person calls the partition.
    pub(crate) label: String,
    /// The source's position, as text.
    pub(crate) next: String,
    /// Chunks that were read before: their numbers go on, because they order records of the same time.
    pub(crate) chunks: u64,
}

/// How far a batch has read in one partition, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    pub(crate) partition: u32,
    /// The unit of the partition that has this position.
    pub(crate) unit: String,
    /// Chunks that were read in all.
    pub(crate) chunks: u64,
    pub(crate) first: Option<String>,
    pub(crate) next: String,
    /// Nothing more is to be read of the unit.
    pub(crate) finished: bool,
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
                open: Vec::new(),
                units: Units::default(),
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
        let read = |resume: Resume| {
            let Resume {
                arm,
                label,
                next,
                chunks,
            } = resume;
            match S::read_position(arm, &next) {
                Ok(next) => Ok(Resumed { label, next, chunks }),
                Err(error) => Err(format!(
                    "the position of `{label}` is `{next}`, which this source cannot read ({error}): it was another source's"
                )),
            }
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
        loop {
            match queue.chunks.pop_front()? {
                Queued::Moved { partition, span } => queue.move_to(partition, span),
                Queued::Chunk { tag, chunk, span } => {
                    if let Some(span) = span {
                        queue.move_to(tag.partition, span);
                    }
                    return Some((tag, chunk));
                }
            }
        }
    }

    pub(crate) fn seal(&self) -> Vec<Reached> {
        let mut queue = self.queue();
        // Everything in front of these is in the batch.
        while let Some(Queued::Moved { .. }) = queue.chunks.front()
            && let Some(Queued::Moved { partition, span }) = queue.chunks.pop_front()
        {
            queue.move_to(partition, span);
        }
        let (units, open) = (queue.units.take(), std::mem::take(&mut queue.open));
        let mut reached = Vec::with_capacity(open.len());
        for ((partition, unit), span) in units.into_iter().zip(open) {
            reached.push(Reached {
                partition,
                unit,
                chunks: span.chunks,
                first: span.first.as_ref().map(S::write_position),
                next: S::write_position(&span.next),
                finished: S::is_finished(&span.next),
            });
            queue.sealed.push((partition, span.next));
        }
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
        queue.units.clear();
        queue.sealed.clear();
    }
}

/// Partition and unit of what the open batch has read, each with its place. It knows no types of the user's, so that it is compiled once.
#[derive(Debug, Default)]
struct Units {
    places: BTreeMap<(u32, String), usize>,
}

impl Units {
    /// The place of a unit; the next one where it is new.
    fn place(&mut self, partition: u32, unit: String) -> usize {
        let next = self.places.len();
        *self.places.entry((partition, unit)).or_insert(next)
    }

    /// All of them in the order of their places.
    fn take(&mut self) -> Vec<(u32, String)> {
        let mut units = vec![(0, String::new()); self.places.len()];
        for (unit, place) in std::mem::take(&mut self.places) {
            units[place] = unit;
        }
        units
    }

    fn clear(&mut self) {
        self.places.clear();
    }
}

impl<S: Source> Queue<S> {
    /// The open batch has read up to the end of `span`.
    fn move_to(&mut self, partition: u32, span: Span<S::Position>) {
        let at = self.units.place(partition, S::unit(&span.next));
        match self.open.get_mut(at) {
            Some(open) => {
                open.next = span.next;
                open.chunks = span.chunks;
            }
            None => self.open.push(span),
        }
    }
}
