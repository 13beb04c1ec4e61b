use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use super::millis;
use crate::outlet::Outlet;
use crate::task::Tag;

/// How far after the wall clock an event time may be and still move the watermark, where the pipeline does not say.
///
/// A day lets local time that is taken for UTC pass, which is up to 14 hours off. What is further ahead is a mistake nearly always: times in
/// microseconds or nanoseconds, a field that was never set, a device without a clock.
pub(crate) const MAX_AHEAD: Duration = Duration::from_hours(24);

/// One `event_time`: the highest time seen in each source partition, and the watermark that follows from it.
///
/// The watermark follows the slowest partition that is read and not idle, `max_delay` behind the highest time seen there. It
/// never goes back while the pipeline runs.
/// - A partition is idle when no event time came from it for `idle`, although it was read: all that was there at some moment of that span has
///   been read. So a partition whose records are all filtered out, or cannot be decoded, becomes idle, and one that lags behind does not.
/// - A partition of which nothing was seen yet holds the watermark back until its first record, or until it is idle.
/// - A partition that is no longer read counts once more, in the first batch that closes without it: so a batch that reads
///   whole files to their end moves the watermark, too.
/// - A partition that an earlier run had read holds it back, as far as it was then, until it is read again. With `idle` it does so for that long at
///   most.
/// - When all partitions are idle, none of them is waited for, and the watermark follows the fastest.
/// - A time that is more than `max_ahead` after the wall clock does not move it.
#[derive(Debug)]
pub struct Clock {
    max_delay: i64,
    idle: Option<Duration>,
    max_ahead: i64,
    /// The highest time that moves the watermark, as of now.
    limit: Arc<AtomicI64>,
    inbox: Mutex<Vec<LocalClock>>,
    /// The highest time of the first batch that had one.
    first: OnceLock<i64>,
    seen: Mutex<HashMap<u32, Seen>>,
    watermark: AtomicI64,
    at_start: AtomicI64,
    seen_at_start: Mutex<HashMap<u32, Seen>>,
    standing: Mutex<Standing>,
}

/// What was seen of a partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The highest event time.
    pub(crate) highest: i64,
    /// When the last batch closed that had an event time of it, by the pipeline's clock.
    pub(crate) last: Duration,
}

/// Where a clock stood when a batch began.
#[derive(Debug)]
pub(crate) struct Start {
    watermark: i64,
    seen: HashMap<u32, Seen>,
}

/// Which partitions the watermark followed at the last close.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// The partition that sets it.
    pub(crate) set_by: Option<u32>,
    /// Partitions that hold it back because no event time of them was seen yet.
    pub(crate) unseen: Vec<u32>,
    /// Partitions that are not waited for.
    pub(crate) idle: u64,
}

/// One worker's half of a [`Clock`].
#[derive(Debug)]
pub struct LocalClock {
    highest: i64,
    /// The limit when it was last looked at.
    limit: i64,
    shared: Arc<AtomicI64>,
    seen: Vec<(u32, i64)>,
}

impl LocalClock {
    /// Notes an event time. `false` when it is too far ahead to be true: then it does not count.
    #[inline(always)]
    pub fn see(&mut self, at: i64) -> bool {
        if at > self.limit {
            return self.see_beyond(at);
        }
        self.highest = self.highest.max(at);
        true
    }

    /// The limit may have moved on with the wall clock.
    #[cold]
    fn see_beyond(&mut self, at: i64) -> bool {
        self.limit = self.shared.load(Ordering::Relaxed);
        let within = at <= self.limit;
        if within {
            self.highest = self.highest.max(at);
        }
        within
    }
}

/// What the engine knows of a source partition when a batch closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartitionState {
    pub(crate) partition: u32,
    /// When it was added, by the pipeline's clock.
    pub(crate) added: Duration,
    /// Everything that was there at this moment is read; `None` where that is not known of any moment.
    pub(crate) current: Option<Duration>,
}

impl Clock {
    /// A clock whose watermark stays `max_delay` behind the highest time seen that is not more than `max_ahead` after the wall clock.
    #[must_use]
    pub fn new(max_delay: Duration, idle: Option<Duration>, max_ahead: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            max_delay: millis(max_delay),
            idle,
            max_ahead: millis(max_ahead.unwrap_or(MAX_AHEAD)),
            limit: Arc::new(AtomicI64::new(i64::MAX)),
            inbox: Mutex::default(),
            first: OnceLock::new(),
            seen: Mutex::default(),
            watermark: AtomicI64::new(i64::MIN),
            at_start: AtomicI64::new(i64::MIN),
            seen_at_start: Mutex::default(),
            standing: Mutex::default(),
        })
    }

    /// The watermark as of the last close; `i64::MIN` before anything was seen.
    pub(crate) fn watermark(&self) -> i64 {
        self.watermark.load(Ordering::Acquire)
    }

    /// How long a partition must be silent to be idle.
    pub(crate) fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// How far ahead of the wall clock a time may be, in milliseconds.
    pub(crate) fn max_ahead(&self) -> i64 {
        self.max_ahead
    }

    /// The wall clock shows `wall`. Returns the highest time that counts.
    pub(crate) fn bound(&self, wall: i64) -> i64 {
        let limit = wall.saturating_add(self.max_ahead);
        self.limit.store(limit, Ordering::Relaxed);
        limit
    }

    /// A batch begins: what is late in it is decided by the watermark as it is now.
    pub(crate) fn begin(&self) {
        self.at_start.store(self.watermark(), Ordering::Release);
        self.seen_at_start().clone_from(&self.lock_seen());
    }

    /// Where the open batch began.
    pub(crate) fn start(&self) -> Start {
        Start {
            watermark: self.at_start.load(Ordering::Acquire),
            seen: self.seen_at_start().clone(),
        }
    }

    /// The batch that closed last, which began here, has never been.
    pub(crate) fn back_to(&self, start: Start) {
        let Start { watermark, seen } = start;
        self.watermark.store(watermark, Ordering::Release);
        *self.lock_seen() = seen;
        self.begin();
    }

    /// Folds what this batch saw into the watermark. `partitions` are those read at present, `awaited` is how far the slowest was that an earlier run
    /// had read and this one does not yet; `ended` closes every window.
    pub(crate) fn advance(
        &self,
        partitions: &[PartitionState],
        awaited: Option<i64>,
        ended: bool,
        now: Duration,
    ) -> i64 {
        let mut seen = self.lock_seen();
        self.gather(&mut seen, now);
        let highest = |seen: &HashMap<u32, Seen>, p: &PartitionState| {
            seen.get(&p.partition).map_or(i64::MIN, |seen| seen.highest)
        };
        let mut standing = Standing::default();
        let (mut slowest, mut fastest_idle) = (None, None);
        for p in partitions {
            let at = (highest(&seen, p), p.partition);
            if self.is_idle(p, seen.get(&p.partition), now) {
                standing.idle += 1;
                fastest_idle = fastest_idle.max(Some(at));
            } else {
                if at.0 == i64::MIN {
                    standing.unseen.push(p.partition);
                }
                slowest = Some(slowest.map_or(at, |slowest: (i64, u32)| slowest.min(at)));
            }
        }
        let read: HashSet<u32> = partitions.iter().map(|p| p.partition).collect();
        let slowest_removed = seen
            .extract_if(|partition, _| !read.contains(partition))
            .map(|(_, seen)| seen.highest)
            .min();
        let follows = slowest.or(fastest_idle.filter(|_| slowest_removed.is_none() && awaited.is_none()));
        standing.set_by = follows.map(|(_, partition)| partition);
        *self.standing.lock().expect("no panic while locked") = standing;
        let follows = follows.map(|(at, _)| at);
        let slowest = [follows, slowest_removed, awaited].into_iter().flatten().min();
        self.raise(if ended { i64::MAX } else { self.behind(slowest) })
    }

    /// The same for a clock behind an aggregate, which has no source partitions: the highest time seen counts.
    pub(crate) fn advance_as_one(&self, ended: bool) -> i64 {
        let mut seen = self.lock_seen();
        self.gather(&mut seen, Duration::ZERO);
        let highest = seen.drain().map(|(_, seen)| seen.highest).max();
        self.raise(if ended { i64::MAX } else { self.behind(highest) })
    }

    /// Which partitions the watermark followed at the last close.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.lock().expect("no panic while locked").clone()
    }

    /// The highest time of the first batch that had one.
    pub(crate) fn first(&self) -> Option<i64> {
        self.first.get().copied()
    }

    /// What was seen, by partition.
    pub(crate) fn seen(&self) -> HashMap<u32, Seen> {
        self.lock_seen().clone()
    }

    /// How soon the partition will be idle, where nothing more comes of it; `None` where it is, or never will be.
    pub(crate) fn idle_in(&self, state: &PartitionState, now: Duration) -> Option<Duration> {
        let since = silent_since(state, self.lock_seen().get(&state.partition));
        (since + self.idle?).checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Resumes where an earlier run was.
    pub(crate) fn restore(&self, watermark: i64) {
        self.raise(watermark);
    }

    /// An earlier run had seen this time in a partition.
    pub(crate) fn restore_seen(&self, partition: u32, at: i64, now: Duration) {
        // Also where the open batch is aborted or begins again: it is not what this batch saw.
        for seen in [&mut self.lock_seen(), &mut self.seen_at_start()] {
            let known = seen.entry(partition).or_insert(Seen { highest: at, last: now });
            known.highest = known.highest.max(at);
        }
    }

    fn is_idle(&self, state: &PartitionState, seen: Option<&Seen>, now: Duration) -> bool {
        let Some(idle) = self.idle else { return false };
        let silent = now.saturating_sub(silent_since(state, seen)) >= idle;
        silent && state.current.is_some_and(|at| now.saturating_sub(at) < idle)
    }

    fn lock_seen(&self) -> MutexGuard<'_, HashMap<u32, Seen>> {
        self.seen.lock().expect("no panic while locked")
    }

    fn seen_at_start(&self) -> MutexGuard<'_, HashMap<u32, Seen>> {
        self.seen_at_start.lock().expect("no panic while locked")
    }

    /// The watermark for this highest time.
    pub(crate) fn behind(&self, highest: Option<i64>) -> i64 {
        match highest {
            None | Some(i64::MIN) => i64::MIN,
            Some(at) => at.saturating_sub(self.max_delay),
        }
    }

    fn gather(&self, seen: &mut HashMap<u32, Seen>, now: Duration) {
        let mut inbox = self.inbox.lock().expect("no panic while locked");
        if self.first.get().is_none() {
            let times = inbox.iter().flat_map(|local| &local.seen).map(|(_, at)| *at);
            times.max().map(|at| self.first.set(at));
        }
        for local in inbox.drain(..) {
            for (partition, at) in local.seen {
                let known = seen.entry(partition).or_insert(Seen { highest: at, last: now });
                known.highest = known.highest.max(at);
                known.last = now;
            }
        }
    }

    fn raise(&self, to: i64) -> i64 {
        self.watermark.fetch_max(to, Ordering::AcqRel).max(to)
    }
}

/// Since when no event time came of a partition.
fn silent_since(state: &PartitionState, seen: Option<&Seen>) -> Duration {
    seen.map_or(state.added, |seen| seen.last.max(state.added))
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
    const SEPARATE: bool = true;

    fn open(&self) -> LocalClock {
        LocalClock {
            highest: i64::MIN,
            limit: self.limit.load(Ordering::Relaxed),
            shared: Arc::clone(&self.limit),
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

    fn undo_chunk(&self, local: &mut LocalClock) {
        local.highest = i64::MIN;
    }

    fn give_back(&self, local: LocalClock) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }

    /// The time of a batch that is aborted has never been.
    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
        self.watermark
            .store(self.at_start.load(Ordering::Acquire), Ordering::Release);
        let mut seen = self.lock_seen();
        seen.clone_from(&self.seen_at_start());
    }
}

#[cfg(test)]
mod tests;
