//! The timers of a key.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// By which time a timer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// When the watermark is there.
    Event,
    /// When the time of a batch is there.
    Batch,
}

/// One timer. A key has one of each id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Timer {
    pub(crate) at: i64,
    pub(crate) id: u64,
}

/// The timers of a key: they rest beside its state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timers {
    /// Both lists have the earliest timer first.
    event: VecDeque<Timer>,
    batch: VecDeque<Timer>,
}

impl Timers {
    /// Sets the timer of this id, and moves it if it is set.
    pub(crate) fn set(&mut self, by: By, timer: Timer) {
        self.cancel(by, timer.id);
        let list = self.list_mut(by);
        let at = list.partition_point(|other| *other < timer);
        list.insert(at, timer);
    }

    pub(crate) fn cancel(&mut self, by: By, id: u64) {
        self.list_mut(by).retain(|timer| timer.id != id);
    }

    /// When the timer of this id is due.
    pub(crate) fn get(&self, by: By, id: u64) -> Option<i64> {
        let timer = self.list(by).iter().find(|timer| timer.id == id);
        timer.map(|timer| timer.at)
    }

    /// When the earliest one is due.
    pub(crate) fn first(&self, by: By) -> Option<i64> {
        self.list(by).front().map(|timer| timer.at)
    }

    /// Takes out the earliest timer that is due at `now` and not held back.
    pub(crate) fn take(&mut self, by: By, now: i64, held: &Held) -> Option<Timer> {
        let list = self.list_mut(by);
        let mut due = list.iter().take_while(|timer| timer.at <= now);
        let at = due.position(|timer| !held.has(by, *timer))?;
        list.remove(at)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.event.is_empty() && self.batch.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.event.clear();
        self.batch.clear();
    }

    fn list(&self, by: By) -> &VecDeque<Timer> {
        match by {
            By::Event => &self.event,
            By::Batch => &self.batch,
        }
    }

    fn list_mut(&mut self, by: By) -> &mut VecDeque<Timer> {
        match by {
            By::Event => &mut self.event,
            By::Batch => &mut self.batch,
        }
    }
}

/// Timers of a key that wait for the next batch although they are due: `on_timer` has set them at or before the time of a timer that
/// fired already. They would fire again and again.
#[derive(Debug, Default)]
pub(crate) struct Held {
    timers: Vec<(By, Timer)>,
    /// The times of the last timers that fired.
    event: Option<i64>,
    batch: Option<i64>,
}

impl Held {
    /// The next key.
    pub(crate) fn reset(&mut self) {
        self.timers.clear();
        (self.event, self.batch) = (None, None);
    }

    /// A timer fires.
    pub(crate) fn fires(&mut self, by: By, timer: Timer) {
        match by {
            By::Event => self.event = self.event.max(Some(timer.at)),
            By::Batch => self.batch = self.batch.max(Some(timer.at)),
        }
    }

    /// A timer is set, by `on_timer` or by `on_event`.
    pub(crate) fn sets(&mut self, by: By, timer: Timer, in_timer: bool) {
        self.timers.retain(|(of, other)| *of != by || other.id != timer.id);
        let last = match by {
            By::Event => self.event,
            By::Batch => self.batch,
        };
        if in_timer && last.is_some_and(|last| timer.at <= last) {
            self.timers.push((by, timer));
        }
    }

    fn has(&self, by: By, timer: Timer) -> bool {
        self.timers.contains(&(by, timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(at: i64, id: u64) -> Timer {
        Timer { at, id }
    }

    #[test]
    fn a_timer_is_moved_and_the_earliest_comes_first() {
        let (mut timers, held) = (Timers::default(), Held::default());
        for (at, id) in [(50, 0), (20, 1), (30, 2), (10, 0)] {
            timers.set(By::Event, timer(at, id));
        }
        timers.set(By::Batch, timer(5, 0));
        timers.cancel(By::Event, 2);
        timers.cancel(By::Event, 7);
        assert_eq!(timers.first(By::Event), Some(10));
        assert_eq!(timers.get(By::Event, 0), Some(10));
        assert_eq!(timers.get(By::Batch, 0), Some(5));
        assert_eq!(timers.get(By::Event, 2), None);
        assert_eq!(timers.take(By::Event, 9, &held), None);
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(10, 0)));
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(20, 1)));
        assert_eq!(timers.take(By::Event, 90, &held), None);
        assert!(!timers.is_empty());
        timers.clear();
        assert!(timers.is_empty());
    }

    #[test]
    fn what_a_timer_sets_into_its_past_waits() {
        let (mut timers, mut held) = (Timers::default(), Held::default());
        held.fires(By::Event, timer(10, 0));
        let sets = |timers: &mut Timers, held: &mut Held, by, timer, in_timer| {
            timers.set(by, timer);
            held.sets(by, timer, in_timer);
        };
        sets(&mut timers, &mut held, By::Event, timer(10, 0), true);
        sets(&mut timers, &mut held, By::Event, timer(3, 1), true);
        sets(&mut timers, &mut held, By::Event, timer(11, 2), true);
        sets(&mut timers, &mut held, By::Batch, timer(3, 0), true);
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(11, 2)));
        assert_eq!(timers.take(By::Event, 90, &held), None);
        assert_eq!(timers.take(By::Batch, 90, &held), Some(timer(3, 0)));
        // An event sets it anew: that ends by itself.
        sets(&mut timers, &mut held, By::Event, timer(3, 1), false);
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(3, 1)));
        held.reset();
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(10, 0)));
    }
}
