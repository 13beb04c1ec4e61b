use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::orders::{Command, Enlisting, Teller};
use crate::held::{Held, held};
use crate::source::Source;
use crate::task::Tag;

/// Chunks on their way from a source to the workers, and how far the open batch has read.
///
/// The task that fetches puts a chunk in and gets a [`Ticket`] for it, which it hands to the engine. The engine decides into which batch the
/// chunk goes, and hands the ticket to a worker, who redeems it. Batches take tickets in the order in which they were given out; workers redeem
/// those of one batch in any order.
pub(crate) struct Feed<S: Source> {
    resume: Mutex<Vec<Resumed<S::Position>>>,
    queue: Mutex<Queue<S>>,
    teller: OnceLock<Held<Teller>>,
}

opaque_debug!([S: Source] Feed<S>);

struct Queue<S: Source> {
    /// What waits, by its number; `None` where the ticket was redeemed.
    waiting: VecDeque<Option<Queued<S>>>,
    /// The number of the first that waits.
    first: u64,
    /// How far the open batch has read, and where it began, in the order of `units`.
    open: Vec<Extent<S::Position>>,
    units: Held<Units>,
    /// How far the batch that is being written has read.
    sealed: Vec<(u32, S::Position)>,
    /// How far each of the batches has read that are written, until the source knows it.
    written: VecDeque<Vec<(u32, S::Position)>>,
}

/// Stands for one chunk that waits in a feed, and is redeemed for it once.
#[derive(Debug)]
#[must_use = "a chunk is only worked on by who redeems its ticket"]
pub struct Ticket {
    /// The place of the chunk in its feed.
    number: u64,
    pub(crate) partition: u32,
    pub(crate) size: Size,
}

/// How large a chunk is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Records of the partition that are behind the chunk, where the source knows.
    pub(crate) lag: Option<u64>,
}

impl Ticket {
    /// A ticket for nothing.
    #[cfg(test)]
    pub(crate) fn blank(partition: u32, size: Size) -> Self {
        let number = u64::MAX;
        Self {
            number,
            partition,
            size,
        }
    }
}

/// A [`Resume`] whose position is read.
#[derive(Debug)]
pub(crate) struct Resumed<P> {
    pub(crate) label: String,
    pub(crate) next: P,
    pub(crate) chunks: u64,
}

/// What waits in a feed.
enum Queued<S: Source> {
    /// A chunk, for a worker.
    Chunk(Fed<S>),
    /// The position moved without data.
    Moved { partition: u32, span: Span<S::Position> },
}

/// A chunk, for a worker.
pub(crate) struct Fed<S: Source> {
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

/// From where to where the open batch reads in one unit, with the numbers of the first and the last that is in it.
struct Extent<P> {
    from: u64,
    to: u64,
    span: Span<P>,
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

impl<S: Source> Default for Feed<S> {
    fn default() -> Self {
        Self {
            resume: Mutex::default(),
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                first: 0,
                open: Vec::new(),
                units: Held::new(Units::default()),
                sealed: Vec::new(),
                written: VecDeque::new(),
            }),
            teller: OnceLock::new(),
        }
    }
}

impl<S: Source> Feed<S> {
    fn queue(&self) -> MutexGuard<'_, Queue<S>> {
        self.queue.lock().expect("no panic while locked")
    }

    pub(crate) fn connect(&self, teller: Held<Teller>) {
        assert!(self.teller.set(teller).is_ok(), "a source is launched once");
    }

    /// Keeps where the source goes on until it is [opened](Self::take_resume).
    pub(crate) fn resume(&self, resume: Vec<Resume>) -> Result<(), String> {
        let mut all = Vec::with_capacity(resume.len());
        for Resume {
            arm,
            label,
            next,
            chunks,
        } in resume
        {
            match S::read_position(arm, &next) {
                Ok(next) => all.push(Resumed { label, next, chunks }),
                Err(error) => return Err(unreadable(&label, &next, &error)),
            }
        }
        *self.resume.lock().expect("no panic while locked") = all;
        Ok(())
    }

    pub(crate) fn take_resume(&self) -> Vec<Resumed<S::Position>> {
        std::mem::take(&mut self.resume.lock().expect("no panic while locked"))
    }

    /// Puts a chunk in, and gives the ticket for it.
    pub(crate) fn put(&self, fed: Fed<S>, size: Size) -> Ticket {
        let partition = fed.tag.partition;
        let number = self.queue().put(Queued::Chunk(fed));
        Ticket {
            number,
            partition,
            size,
        }
    }

    /// The position moves without data.
    pub(crate) fn move_to(&self, partition: u32, span: Span<S::Position>) {
        self.queue().put(Queued::Moved { partition, span });
    }

    /// Takes a chunk into the open batch.
    pub(crate) fn redeem(&self, ticket: &Ticket) -> (Tag, S::Chunk) {
        let mut queue = self.queue();
        let at = usize::try_from(ticket.number.wrapping_sub(queue.first)).unwrap_or(usize::MAX);
        let waiting = queue.waiting.get_mut(at).and_then(Option::take);
        let Some(Queued::Chunk(Fed { tag, chunk, span })) = waiting else {
            unreachable!("a ticket is redeemed once");
        };
        if let Some(span) = span {
            queue.extend(ticket.number, tag.partition, span);
        }
        queue.trim();
        (tag, chunk)
    }

    pub(crate) fn seal(&self) -> Vec<Reached> {
        let mut queue = self.queue();
        // All tickets of the batch are redeemed: what moved before the first chunk that waits belongs to it.
        while let Some(None | Some(Queued::Moved { .. })) = queue.waiting.front() {
            let moved = queue.waiting.pop_front().flatten();
            if let Some(Queued::Moved { partition, span }) = moved {
                let number = queue.first;
                queue.extend(number, partition, span);
            }
            queue.first += 1;
        }
        let (units, open) = (queue.units.take(), std::mem::take(&mut queue.open));
        let mut reached = Vec::with_capacity(open.len());
        for ((partition, unit), Extent { span, .. }) in units.into_iter().zip(open) {
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
        let teller = self.teller.get();
        if command == Command::Commit {
            let mut queue = self.queue();
            let sealed = std::mem::take(&mut queue.sealed);
            if sealed.is_empty() || teller.is_none() {
                return;
            }
            queue.written.push_back(sealed);
        }
        // In a test nobody is connected.
        if let Some(teller) = teller {
            teller.tell(command);
        }
    }

    /// Has the source put the positions of the batch that closed into a transaction; `None` where the batch has moved none.
    pub(crate) fn enlist(&self) -> Option<Held<Enlisting>> {
        if self.queue().sealed.is_empty() {
            return None;
        }
        // In a test nobody is connected.
        self.teller.get().map(|teller| teller.enlist())
    }

    /// How far the batch has read that closed and is not written yet.
    pub(crate) fn sealed(&self) -> Vec<(u32, S::Position)> {
        self.queue().sealed.clone()
    }

    /// How far the first of the batches has read that are written, and of which the source does not know it.
    pub(crate) fn next_written(&self) -> Option<Vec<(u32, S::Position)>> {
        self.queue().written.pop_front()
    }

    pub(crate) fn discard(&self) {
        let mut queue = self.queue();
        queue.first += queue.waiting.len() as u64;
        queue.waiting.clear();
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

held!(Units);

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

fn unreadable(label: &str, position: &str, error: &str) -> String {
    format!(
        "the position of `{label}` is `{position}`, which this source cannot read ({error}): it was another source's"
    )
}

impl<S: Source> Queue<S> {
    /// Returns the number.
    fn put(&mut self, queued: Queued<S>) -> u64 {
        self.waiting.push_back(Some(queued));
        self.first + (self.waiting.len() - 1) as u64
    }

    /// Drops what is redeemed.
    fn trim(&mut self) {
        while let Some(None) = self.waiting.front() {
            self.waiting.pop_front();
            self.first += 1;
        }
    }

    /// `span`, which has this number, is in the open batch.
    fn extend(&mut self, number: u64, partition: u32, span: Span<S::Position>) {
        let at = self.units.place(partition, S::unit(&span.next));
        let Some(open) = self.open.get_mut(at) else {
            let (from, to) = (number, number);
            return self.open.push(Extent { from, to, span });
        };
        if number < open.from {
            open.from = number;
            open.span.first = span.first;
        }
        if number > open.to {
            open.to = number;
            open.span.next = span.next;
            open.span.chunks = span.chunks;
        }
    }
}

#[cfg(test)]
mod tests;
