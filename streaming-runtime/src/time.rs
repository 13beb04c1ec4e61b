//! Event time: windows, clocks and watermarks. All times are epoch milliseconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::outlet::Outlet;
use crate::task::Tag;

/// What `event_time` may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "returned by `event_time`",
    note = "event time is `i64` or `u64` epoch milliseconds, or `std::time::SystemTime`"
)]
pub trait EventTime {
    /// Milliseconds since 1970-01-01T00:00:00Z; may be negative.
    fn epoch_millis(self) -> i64;
}

impl EventTime for i64 {
    #[inline(always)]
    fn epoch_millis(self) -> i64 {
        self
    }
}

impl EventTime for u64 {
    #[inline(always)]
    fn epoch_millis(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl EventTime for std::time::SystemTime {
    fn epoch_millis(self) -> i64 {
        match self.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => millis(after),
            Err(before) => -millis(before.duration()),
        }
    }
}

/// A reference to a time is a time.
impl<T: EventTime + Copy> EventTime for &T {
    #[inline(always)]
    fn epoch_millis(self) -> i64 {
        (*self).epoch_millis()
    }
}

/// A span of event time: `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// First millisecond.
    pub start: i64,
    /// First millisecond after.
    pub end: i64,
}

/// Windows of one size that follow one another, aligned to the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tumbling {
    size: i64,
}

impl Tumbling {
    /// # Panics
    /// When `size` is shorter than a millisecond.
    #[must_use]
    #[inline]
    pub fn new(size: Duration) -> Self {
        let size = millis(size);
        assert!(size > 0, "a window is at least one millisecond long");
        Self { size }
    }

    /// Start of the window of `at`.
    #[inline(always)]
    #[must_use]
    pub fn start(self, at: i64) -> i64 {
        at.saturating_sub(at.rem_euclid(self.size))
    }

    /// End of the window that starts at `start`.
    #[inline(always)]
    #[must_use]
    pub fn end(self, start: i64) -> i64 {
        start.saturating_add(self.size)
    }
}

/// One `event_time`: the highest time seen in each source partition, and the watermark that follows from it.
#[derive(Debug)]
pub struct Clock {
    max_delay: i64,
    idle: Option<Duration>,
    inbox: Mutex<Vec<LocalClock>>,
    seen: Mutex<HashMap<u32, i64>>,
    watermark: AtomicI64,
}

/// One worker's half of a [`Clock`].
#[derive(Debug)]
pub struct LocalClock {
    highest: i64,
    seen: Vec<(u32, i64)>,
}

impl LocalClock {
    /// Notes an event time.
    #[inline(always)]
    pub fn see(&mut self, at: i64) {
        self.highest = self.highest.max(at);
    }
}

/// What the engine knows of a source partition when a batch closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionState {
    pub(crate) partition: u32,
    /// How long the partition has been at its end with nothing coming; `None` while there is more to read.
    pub(crate) quiet: Option<Duration>,
}

impl Clock {
    /// A clock whose watermark stays `max_delay` behind the highest time seen.
    #[must_use]
    pub fn new(max_delay: Duration, idle: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            max_delay: millis(max_delay),
            idle,
            inbox: Mutex::default(),
            seen: Mutex::default(),
            watermark: AtomicI64::new(i64::MIN),
        })
    }

    /// The watermark as of the last batch that closed; `i64::MIN` before anything was seen.
    pub(crate) fn watermark(&self) -> i64 {
        self.watermark.load(Ordering::Acquire)
    }

    /// Folds what this batch saw into the watermark. `partitions` are those read at present; `ended` closes every window.
    pub(crate) fn advance(&self, partitions: &[PartitionState], ended: bool) -> i64 {
        let mut seen = self.seen.lock().expect("no panic while locked");
        for local in self.inbox.lock().expect("no panic while locked").drain(..) {
            for (partition, at) in local.seen {
                let highest = seen.entry(partition).or_insert(i64::MIN);
                *highest = (*highest).max(at);
            }
        }
        let idle = |p: &PartitionState| matches!((p.quiet, self.idle), (Some(quiet), Some(idle)) if quiet >= idle);
        let low = if ended {
            Some(i64::MAX)
        } else {
            partitions
                .iter()
                .filter(|p| !idle(p))
                .map(|p| {
                    seen.get(&p.partition)
                        .map_or(i64::MIN, |at| at.saturating_sub(self.max_delay))
                })
                .min()
        };
        let before = self.watermark();
        let now = low.map_or(before, |low| low.max(before));
        self.watermark.store(now, Ordering::Release);
        now
    }
}

/// The watermark of several clocks: the lowest.
pub(crate) fn watermark(clocks: &[Arc<Clock>]) -> i64 {
    clocks.iter().map(|clock| clock.watermark()).min().unwrap_or(i64::MIN)
}

impl Outlet for Clock {
    type Local = LocalClock;

    fn open(&self) -> LocalClock {
        LocalClock {
            highest: i64::MIN,
            seen: Vec::new(),
        }
    }

    fn end_chunk(&self, local: &mut LocalClock, tag: Tag) {
        let at = std::mem::replace(&mut local.highest, i64::MIN);
        if at == i64::MIN {
            return;
        }
        match local.seen.iter_mut().find(|(partition, _)| *partition == tag.partition) {
            Some((_, highest)) => *highest = (*highest).max(at),
            None => local.seen.push((tag.partition, at)),
        }
    }

    fn give_back(&self, local: LocalClock) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }

    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
    }
}

pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
