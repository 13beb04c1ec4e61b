use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::millis;
use crate::outlet::Outlet;
use crate::task::Tag;

/// One `event_time`: the highest time seen in each source partition, and the watermark that follows from it.
///
/// The watermark follows the slowest partition that is read and not idle, `max_delay` behind the highest time seen there. It
/// never goes back.
/// - A partition of which nothing was seen yet holds the watermark back. With `idle` it does so until it has been read to its
///   end and been quiet for that long; without, until its first record.
/// - A partition that is no longer read counts once more, in the first batch that closes without it: so a batch that reads
///   whole files to their end moves the watermark, too.
/// - A partition that an earlier run had read holds it back, as far as it was then, until it is read again. With `idle` it does so for that long at
///   most.
/// - When all partitions are idle, none of them is waited for, and the watermark follows the fastest.
#[derive(Debug)]
pub struct Clock {
    max_delay: i64,
    idle: Option<Duration>,
    inbox: Mutex<Vec<LocalClock>>,
    seen: Mutex<HashMap<u32, i64>>,
    watermark: AtomicI64,
    at_start: AtomicI64,
    seen_at_start: Mutex<HashMap<u32, i64>>,
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
            at_start: AtomicI64::new(i64::MIN),
            seen_at_start: Mutex::default(),
        })
    }

    /// The watermark as of the last close; `i64::MIN` before anything was seen.
    pub(crate) fn watermark(&self) -> i64 {
        self.watermark.load(Ordering::Acquire)
    }

    /// How long a partition must be quiet to be idle.
    pub(crate) fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// A batch begins: what is late in it is decided by the watermark as it is now.
    pub(crate) fn begin(&self) {
        self.at_start.store(self.watermark(), Ordering::Release);
        self.seen_at_start()
            .clone_from(&self.seen.lock().expect("no panic while locked"));
    }

    /// Folds what this batch saw into the watermark. `partitions` are those read at present, `awaited` is how far the slowest was that an earlier run
    /// had read and this one does not yet; `ended` closes every window.
    pub(crate) fn advance(&self, partitions: &[PartitionState], awaited: Option<i64>, ended: bool) -> i64 {
        let mut seen = self.seen.lock().expect("no panic while locked");
        self.gather(&mut seen);
        let idle = |p: &PartitionState| matches!((p.quiet, self.idle), (Some(quiet), Some(idle)) if quiet >= idle);
        let highest =
            |seen: &HashMap<u32, i64>, p: &PartitionState| seen.get(&p.partition).copied().unwrap_or(i64::MIN);
        let fastest_idle = partitions.iter().filter(|p| idle(p)).map(|p| highest(&seen, p)).max();
        let slowest_read = partitions.iter().filter(|p| !idle(p)).map(|p| highest(&seen, p)).min();
        let read: HashSet<u32> = partitions.iter().map(|p| p.partition).collect();
        let slowest_removed = seen
            .extract_if(|partition, _| !read.contains(partition))
            .map(|(_, at)| at)
            .min();
        let slowest = [slowest_read, slowest_removed, awaited].into_iter().flatten().min();
        self.raise(if ended {
            i64::MAX
        } else {
            self.behind(slowest.or(fastest_idle))
        })
    }

    /// The same for a clock behind an aggregate, which has no source partitions: the highest time seen counts.
    pub(crate) fn advance_as_one(&self, ended: bool) -> i64 {
        let mut seen = self.seen.lock().expect("no panic while locked");
        self.gather(&mut seen);
        let highest = seen.drain().map(|(_, at)| at).max();
        self.raise(if ended { i64::MAX } else { self.behind(highest) })
    }

    /// The highest time seen, by partition.
    pub(crate) fn seen(&self) -> Vec<(u32, i64)> {
        let seen = self.seen.lock().expect("no panic while locked");
        seen.iter().map(|(partition, at)| (*partition, *at)).collect()
    }

    /// Goes on where an earlier run was.
    pub(crate) fn restore(&self, watermark: i64) {
        self.raise(watermark);
    }

    /// An earlier run had seen this time in a partition.
    pub(crate) fn restore_seen(&self, partition: u32, at: i64) {
        let mut seen = self.seen.lock().expect("no panic while locked");
        let highest = seen.entry(partition).or_insert(at);
        *highest = (*highest).max(at);
    }

    fn seen_at_start(&self) -> MutexGuard<'_, HashMap<u32, i64>> {
        self.seen_at_start.lock().expect("no panic while locked")
    }

    fn behind(&self, highest: Option<i64>) -> i64 {
        highest.map_or(i64::MIN, |at| at.saturating_sub(self.max_delay))
    }

    fn gather(&self, seen: &mut HashMap<u32, i64>) {
        for local in self.inbox.lock().expect("no panic while locked").drain(..) {
            for (partition, at) in local.seen {
                let highest = seen.entry(partition).or_insert(i64::MIN);
                *highest = (*highest).max(at);
            }
        }
    }

    fn raise(&self, to: i64) -> i64 {
        self.watermark.fetch_max(to, Ordering::AcqRel).max(to)
    }
}

/// The watermark of several clocks as of the last close: the lowest.
pub(crate) fn watermark(clocks: &[Arc<Clock>]) -> i64 {
    clocks.iter().map(|clock| clock.watermark()).min().unwrap_or(i64::MIN)
}

/// The watermark of several clocks when the batch began: the lowest.
pub(crate) fn watermark_at_start(clocks: &[Arc<Clock>]) -> i64 {
    clocks
        .iter()
        .map(|clock| clock.at_start.load(Ordering::Acquire))
        .min()
        .unwrap_or(i64::MIN)
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

    /// The time of a batch that is given up has never been.
    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
        self.watermark
            .store(self.at_start.load(Ordering::Acquire), Ordering::Release);
        let mut seen = self.seen.lock().expect("no panic while locked");
        seen.clone_from(&self.seen_at_start());
    }
}

#[cfg(test)]
mod tests;
