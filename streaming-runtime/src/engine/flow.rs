use std::collections::VecDeque;
use std::time::Duration;

use super::book::Book;
use crate::settings::Trigger;
use crate::stage::{FeedEvent, Ticket};

/// What the driver has in hand, and what follows from it. It knows no types of the user's, so that it is compiled once.
#[derive(Debug)]
pub(crate) struct Flow {
    /// News of sources, by stage, in order: a chunk that does not fit the open batch holds up what comes behind it.
    waiting: Vec<VecDeque<FeedEvent>>,
    /// The stage whose news come first.
    first: usize,
    /// Chunks being worked on.
    pub(crate) working: usize,
    /// The most of them: enough that no worker waits for the driver.
    pub(crate) most_working: usize,
    /// A batch is on its way into the sinks.
    pub(crate) writing: bool,
    /// The open batch is the last one.
    pub(crate) stopping: bool,
    /// The last batch is closed.
    pub(crate) last_is_closed: bool,
    /// When the interval ends, by the pipeline's clock.
    deadline: Option<Duration>,
}

/// Work on fewer rows than this is done before a worker has woken up.
pub(crate) const WORTH_A_WORKER: u64 = 2048;

impl Flow {
    pub(crate) fn new(book: &Book, threads: usize) -> Self {
        Self {
            waiting: (0..book.plan.stages()).map(|_| VecDeque::new()).collect(),
            first: 0,
            working: 0,
            most_working: threads * 4,
            writing: false,
            stopping: false,
            last_is_closed: false,
            deadline: match book.settings.trigger {
                Trigger::Interval(every) => Some(book.time.elapsed() + every),
                Trigger::Asap | Trigger::AvailableNow => None,
            },
        }
    }

    pub(crate) fn arrived(&mut self, stage: u32, event: FeedEvent, book: &mut Book) {
        if let FeedEvent::Chunk(chunk) = &event {
            book.ledger.arrived(stage, chunk.partition, book.time.elapsed());
        }
        self.waiting[stage as usize].push_back(event);
    }

    /// Takes the next news that the open batch has room for, and does what it says; a chunk is left to the caller to work on.
    pub(crate) fn next(&mut self, book: &mut Book) -> Option<(u32, Ticket)> {
        for turn in 0..self.waiting.len() {
            // Each time another stage comes first, so that a fast source does not keep out a slow one.
            let stage = (self.first + turn) % self.waiting.len();
            while let Some(event) = self.waiting[stage].front() {
                if let FeedEvent::Chunk(chunk) = event {
                    if !book.has_room(chunk) {
                        return None;
                    }
                    if self.working >= self.most_working {
                        break;
                    }
                }
                let event = self.waiting[stage].pop_front()?;
                let number = u32::try_from(stage).unwrap_or(u32::MAX);
                match event {
                    FeedEvent::Chunk(chunk) => {
                        book.admit(number, &chunk);
                        self.first = stage + 1;
                        return Some((number, chunk));
                    }
                    FeedEvent::Added { partition, arm, label } => book.added(number, partition, arm, label),
                    FeedEvent::Removed { partition } => book.ledger.removed(number, partition),
                    FeedEvent::CaughtUp { partition } => {
                        book.ledger.caught_up(number, partition, book.time.elapsed());
                    }
                    FeedEvent::ArmsEnded { arms } => book.ledger.ended(number, arms),
                    FeedEvent::Ended => book.ledger.ended(number, 0..usize::MAX),
                }
            }
        }
        None
    }

    /// Whether a chunk is better worked on by the driver itself: it is small, and nothing else is there to do in the open batch.
    pub(crate) fn is_small(&self, chunk: &Ticket, book: &Book) -> bool {
        let alone = self.nothing_waits() || book.limit().is_some();
        (1..=WORTH_A_WORKER).contains(&chunk.size.rows) && self.working == 0 && alone
    }

    fn nothing_waits(&self) -> bool {
        self.waiting.iter().all(VecDeque::is_empty)
    }

    /// No chunk goes into the open batch any more: it closes as soon as all its chunks are worked on and the batch before is
    /// written.
    pub(crate) fn wants_close(&self, book: &Book) -> bool {
        if self.last_is_closed || self.is_last(book) || book.limit().is_some() {
            return true;
        }
        match book.settings.trigger {
            // While a slow sink is at work the batch goes on growing.
            Trigger::Interval(_) => !self.writing && self.deadline.is_some_and(|at| book.time.elapsed() >= at),
            Trigger::Asap => !self.writing && !book.is_empty(),
            Trigger::AvailableNow => false,
        }
    }

    pub(crate) fn may_close(&self) -> bool {
        self.working == 0 && !self.writing && !self.last_is_closed
    }

    /// The open batch is the last one, and nothing more comes into it.
    pub(crate) fn is_last(&self, book: &Book) -> bool {
        self.stopping || (book.ledger.all_ended() && self.nothing_waits())
    }

    /// All is done.
    pub(crate) fn is_over(&self) -> bool {
        self.last_is_closed && self.working == 0 && !self.writing
    }

    /// The batch is closed, or turned out to be none.
    pub(crate) fn closed(&mut self, book: &Book) {
        self.last_is_closed = self.is_last(book);
        if let (Trigger::Interval(every), Some(deadline)) = (book.settings.trigger, &mut self.deadline) {
            let now = book.time.elapsed();
            if now >= *deadline {
                // Intervals that were missed are not made up for.
                *deadline = (*deadline + every).max(now + every / 2);
            }
        }
    }

    /// How long to wait for a signal at most; `None` where only a signal can change anything.
    pub(crate) fn patience(&self, book: &Book) -> Option<Duration> {
        if self.wants_close(book) || self.writing {
            return None;
        }
        match book.settings.trigger {
            Trigger::Interval(_) => Some(self.deadline?.saturating_sub(book.time.elapsed())),
            Trigger::Asap if self.working == 0 => {
                let idle = book.clocks.next_idle(&book.ledger, book.time.elapsed());
                idle.into_iter().chain(book.due_in()).min()
            }
            Trigger::Asap | Trigger::AvailableNow => None,
        }
    }
}

#[cfg(test)]
mod tests;
