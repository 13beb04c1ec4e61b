//! The exchange: every worker combines into a table of its own, keyed by slice and key; at the close the tables are cut
//! by hash into key partitions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use foldhash::fast::FixedState;

use super::Part;
use super::table::Table;
use crate::key::{Key, OwnedKey, hash_of};
use crate::outlet::Outlet;
use crate::task::Tag;
use crate::time::{Clock, Tumbling, watermark, watermark_at_start};

/// Where a stage sends keyed records: combined on the way, owned by key.
///
/// `C` combines two parts of the same key; it is set once, before the pipeline runs.
pub struct Exchange<K, P, C> {
    window: Option<Tumbling>,
    clocks: Vec<Arc<Clock>>,
    combine: OnceLock<Arc<C>>,
    inbox: Mutex<Vec<Local<K, P, C>>>,
    /// Emptied locals, whose tables have the room that a batch needs.
    spare: Mutex<Vec<Local<K, P, C>>>,
}

/// How two parts of one key become one; associative and commutative, because workers combine independently.
pub trait Combine<P>: Send + Sync {
    /// Adds `part` to `into`.
    fn combine(&self, into: &mut P, part: P);
}

/// Combines accumulators.
#[derive(Debug, Clone, Copy, Default)]
pub struct Merge;

impl<A: crate::agg::Accumulator> Combine<A> for Merge {
    #[inline(always)]
    fn combine(&self, into: &mut A, part: A) {
        into.merge(part);
    }
}

/// Combines records with a function of the user's.
#[derive(Debug, Clone, Copy)]
pub struct Reduce<F>(F);

impl<T, F: Fn(T, T) -> T + Send + Sync> Combine<Option<T>> for Reduce<F> {
    #[inline(always)]
    fn combine(&self, into: &mut Option<T>, part: Option<T>) {
        *into = match (into.take(), part) {
            (Some(a), Some(b)) => Some((self.0)(a, b)),
            (a, b) => a.or(b),
        };
    }
}

/// Keeps every record: for `.fold(init, f)`, whose function takes one record at a time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Append;

impl<T: Send> Combine<Vec<T>> for Append {
    fn combine(&self, into: &mut Vec<T>, mut part: Vec<T>) {
        if into.is_empty() {
            *into = part;
        } else {
            into.append(&mut part);
        }
    }
}

/// One worker's half of an [`Exchange`].
pub struct Local<K, P, C> {
    window: Option<Tumbling>,
    watermark: i64,
    current: i64,
    table: Table<K, P>,
    others: HashMap<i64, Table<K, P>, FixedState>,
    /// Emptied tables, for slices to come.
    spare: Vec<Table<K, P>>,
    combine: Arc<C>,
}

/// The most emptied tables that one worker keeps.
const SPARE_TABLES: usize = 4;

opaque_debug!([K, P, C] Exchange<K, P, C>);
opaque_debug!([K, P, C] Local<K, P, C>);

impl<K, P, C> Exchange<K, P, C> {
    /// An exchange for `.batch()` and `.running(…)`.
    #[must_use]
    pub fn plain() -> Arc<Self> {
        Self::of(None, Vec::new())
    }

    /// An exchange for `.window(…)`, under the watermark of these clocks.
    #[must_use]
    pub fn windowed(window: Tumbling, clocks: &[&Arc<Clock>]) -> Arc<Self> {
        Self::of(Some(window), clocks.iter().map(|c| Arc::clone(c)).collect())
    }

    fn of(window: Option<Tumbling>, clocks: Vec<Arc<Clock>>) -> Arc<Self> {
        Arc::new(Self {
            window,
            clocks,
            combine: OnceLock::new(),
            inbox: Mutex::default(),
            spare: Mutex::default(),
        })
    }

    /// The watermark of the clocks above, as of the last close.
    pub(crate) fn watermark(&self) -> i64 {
        watermark(&self.clocks)
    }

    pub(crate) fn take(&self) -> Vec<Local<K, P, C>> {
        std::mem::take(&mut self.inbox.lock().expect("no panic while locked"))
    }

    /// Takes emptied locals back, for the next batch.
    pub(crate) fn reuse(&self, emptied: Vec<Local<K, P, C>>) {
        self.spare.lock().expect("no panic while locked").extend(emptied);
    }
}

impl<K, P, C: Combine<P>> Exchange<K, P, C> {
    /// Says how two parts of the same key become one.
    pub fn combine_with(&self, combine: C) {
        assert!(
            self.combine.set(Arc::new(combine)).is_ok(),
            "an exchange has one way to combine"
        );
    }

    pub(crate) fn combine(&self) -> &C {
        self.combine
            .get()
            .expect("the way to combine is set before the pipeline runs")
    }
}

impl<K, T, F: Fn(T, T) -> T + Send + Sync> Exchange<K, Option<T>, Reduce<F>> {
    /// Says how `.reduce(f)` makes one record of two.
    pub fn reduce_with(&self, f: F) {
        self.combine_with(Reduce(f));
    }
}

impl<K: OwnedKey, P, C> Local<K, P, C> {
    /// The slice of event time that `at` falls into, or `None` when the record is late: its window had closed when the batch
    /// began.
    #[inline(always)]
    #[must_use]
    pub fn slice(&self, at: i64) -> Option<i64> {
        let window = self.window.expect("only windowed exchanges have slices");
        let start = window.start(at);
        (window.end(start) > self.watermark).then_some(start)
    }

    /// What is combined so far for this slice and key (slice 0 where there is no window).
    #[inline(always)]
    pub fn slot<Q: Key<Owned = K>>(&mut self, slice: i64, key: Q) -> &mut P
    where
        P: Default,
    {
        if slice != self.current {
            self.switch(slice);
        }
        self.table.slot(hash_of(&key), key)
    }

    /// The place of this slice and key, to combine something into. The key is not needed any longer, so that the record it
    /// may borrow from can be moved into [`merge`](Place::merge).
    #[inline(always)]
    pub fn place<Q: Key<Owned = K>>(&mut self, slice: i64, key: Q) -> Place<'_, P, C>
    where
        P: Default,
    {
        if slice != self.current {
            self.switch(slice);
        }
        Place {
            part: self.table.slot(hash_of(&key), key),
            combine: &self.combine,
        }
    }

    #[cold]
    fn switch(&mut self, slice: i64) {
        let known = self.others.remove(&slice).or_else(|| self.spare.pop());
        let previous = std::mem::replace(&mut self.table, known.unwrap_or_default());
        if previous.is_empty() {
            self.spare.push(previous);
        } else {
            self.others.insert(self.current, previous);
        }
        self.current = slice;
    }

    /// Entries in all slices.
    pub(crate) fn len(&self) -> usize {
        self.table.len() + self.others.values().map(Table::len).sum::<usize>()
    }

    /// Cuts the table into key partitions (a power of two) by hash; what is left is empty.
    pub(crate) fn split(&mut self, partitions: usize) -> Vec<Vec<Part<K, P>>> {
        let each = self.len().div_ceil(partitions);
        let mut parts: Vec<Vec<Part<K, P>>> = (0..partitions).map(|_| Vec::new()).collect();
        let current = std::mem::take(&mut self.table);
        for (slice, mut table) in self.others.drain().chain([(self.current, current)]) {
            table.trim();
            for entry in table.drain() {
                let part = &mut parts[partition_of(entry.hash, partitions)];
                if part.is_empty() {
                    part.reserve(each + each / 2);
                }
                part.push(Part { slice, entry });
            }
            if self.spare.len() < SPARE_TABLES {
                self.spare.push(table);
            }
        }
        self.table = self.spare.pop().unwrap_or_default();
        parts
    }
}

/// What is combined so far for one key.
#[derive(Debug)]
pub struct Place<'l, P, C> {
    part: &'l mut P,
    combine: &'l C,
}

impl<P, C> Place<'_, P, C> {
    /// Combines `part` into what is there.
    #[inline(always)]
    pub fn merge(self, part: P)
    where
        C: Combine<P>,
    {
        self.combine.combine(self.part, part);
    }
}

/// The key partition of a hash: bits from the 32nd on. A table finds its bucket by the lowest bits and tells entries apart by
/// the highest seven; a partition's table, all of whose keys share the partition's bits, must not find its own among them.
///
/// Persistent like the hash itself, and pinned by a golden test.
#[inline]
pub(crate) fn partition_of(hash: u64, partitions: usize) -> usize {
    debug_assert!(partitions.is_power_of_two());
    (hash >> 32) as usize & (partitions - 1)
}

impl<K, P, C> Outlet for Exchange<K, P, C>
where
    K: OwnedKey,
    P: Send,
    C: Combine<P>,
{
    type Local = Local<K, P, C>;

    fn open(&self) -> Local<K, P, C> {
        let watermark = watermark_at_start(&self.clocks);
        if let Some(spare) = self.spare.lock().expect("no panic while locked").pop() {
            return Local { watermark, ..spare };
        }
        Local {
            window: self.window,
            watermark,
            current: 0,
            table: Table::default(),
            others: HashMap::default(),
            spare: Vec::new(),
            combine: Arc::clone(
                self.combine
                    .get()
                    .expect("the way to combine is set before the pipeline runs"),
            ),
        }
    }

    fn end_chunk(&self, _: &mut Local<K, P, C>, _: Tag) {}

    fn give_back(&self, local: Local<K, P, C>) {
        self.inbox.lock().expect("no panic while locked").push(local);
    }

    fn discard(&self) {
        self.inbox.lock().expect("no panic while locked").clear();
    }
}
