//! The timers of a key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::list::List;

/// By which time a timer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Timers {
    event: List,
    batch: List,
}

impl Timers {
    /// Sets the timer of this id, and moves it if it is set.
    pub(crate) fn set(&mut self, by: By, timer: Timer) {
        self.list_mut(by).set(timer);
    }

    pub(crate) fn cancel(&mut self, by: By, id: u64) {
        self.list_mut(by).cancel(id);
    }

    /// When the timer of this id is due.
    pub(crate) fn get(&self, by: By, id: u64) -> Option<i64> {
        self.list(by).get(id)
    }

    /// How many there are.
    pub(crate) fn count(&self, by: By) -> usize {
        self.list(by).len()
    }

    /// When the earliest one is due.
    pub(crate) fn first(&self, by: By) -> Option<i64> {
        self.list(by).first()
    }

    /// Takes out the earliest timer that is due at `now` and not held back.
    pub(crate) fn take(&mut self, by: By, now: i64, held: &Held) -> Option<Timer> {
        self.list_mut(by).take(now, |timer| !held.has(by, timer))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.event.len() + self.batch.len() == 0
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn list(&self, by: By) -> &List {
        match by {
            By::Event => &self.event,
            By::Batch => &self.batch,
        }
    }

    fn list_mut(&mut self, by: By) -> &mut List {
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
    timers: BTreeMap<(By, u64), i64>,
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
        self.timers.remove(&(by, timer.id));
        let last = match by {
            By::Event => self.event,
            By::Batch => self.batch,
        };
        if in_timer && last.is_some_and(|last| timer.at <= last) {
            self.timers.insert((by, timer.id), timer.at);
        }
    }

    /// Lets those go that wait, and says whether there were any.
    pub(crate) fn release(&mut self, by: By) -> bool {
        let before = self.timers.len();
        self.timers.retain(|(of, _), _| *of != by);
        match by {
            By::Event => self.event = None,
            By::Batch => self.batch = None,
        }
        self.timers.len() < before
    }

    fn has(&self, by: By, timer: Timer) -> bool {
        self.timers.get(&(by, timer.id)) == Some(&timer.at)
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
        sets(&mut timers, &mut held, By::Event, timer(4, 4), true);
        assert_eq!(timers.take(By::Event, 90, &held), None);
        assert!(held.release(By::Event) && !held.release(By::Event));
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(4, 4)));
        held.reset();
        assert_eq!(timers.take(By::Event, 90, &held), Some(timer(10, 0)));
    }

    /// Few timers are a list and many are trees. Nobody sees which.
    #[test]
    fn timers_are_the_same_however_many_there_are() {
        let (mut timers, mut model, held) = (Timers::default(), Vec::<Timer>::new(), Held::default());
        let same = |timers: &Timers, model: &[Timer]| {
            assert_eq!(timers.count(By::Event), model.len());
            assert_eq!(timers.first(By::Event), model.iter().map(|timer| timer.at).min());
            for id in 0..100 {
                let at = model.iter().find(|timer| timer.id == id).map(|timer| timer.at);
                assert_eq!(timers.get(By::Event, id), at);
            }
        };
        // Numbers up to 100 in no order, each several times; then most are cancelled.
        for step in 0..1_000u64 {
            let id = step * 37 % 100;
            model.retain(|timer| timer.id != id);
            if step < 700 || step % 10 == 0 {
                let set = timer((step * 7919 % 211).cast_signed(), id);
                timers.set(By::Event, set);
                model.push(set);
            } else {
                timers.cancel(By::Event, id);
            }
            same(&timers, &model);
        }
        let bytes = postcard::to_stdvec(&timers).expect("timers can be written");
        let mut kept: Timers = postcard::from_bytes(&bytes).expect("and read");
        same(&kept, &model);
        model.sort();
        for timers in [&mut timers, &mut kept] {
            let all = std::iter::from_fn(|| timers.take(By::Event, 150, &held));
            let due = model.iter().copied().filter(|timer| timer.at <= 150);
            assert_eq!(all.collect::<Vec<_>>(), due.collect::<Vec<_>>());
            assert!(timers.first(By::Event) > Some(150));
        }
    }
}
