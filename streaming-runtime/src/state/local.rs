//! One worker's half of an exchange.

use std::sync::Arc;

use super::combine::Combine;
use super::partition::{Sheet, Spare, partition_of};
use super::table::Table;
use crate::key::{Key, OwnedKey, hash_of};
use crate::time::Tumbling;

/// One worker's half of an [`Exchange`](super::exchange::Exchange): tables of what is combined so far, one for every slice and
/// key partition, so that a close need only hand them on.
pub struct Local<K, P, C> {
    window: Option<Tumbling>,
    watermark: i64,
    partitions: usize,
    /// The slices, each by its start. Its place here is what [`slice`](Self::slice) returns.
    slices: Vec<i64>,
    /// The tables of the slices, in the same order, as many as there are key partitions for each.
    tables: Vec<Table<K, P>>,
    /// Where slices stand that were asked for lately, by the lowest bits of the window's number.
    recent: [Recent; RECENT],
    /// The key of the record before: it often comes several times in a row.
    last: Last,
    spare: Arc<Spare<K, P>>,
    combine: Arc<C>,
}

#[derive(Debug, Clone, Copy)]
struct Recent {
    start: i64,
    place: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Last {
    place: usize,
    hash: u64,
    table: usize,
    bucket: usize,
}

/// Slices that are found without a search; a power of two.
const RECENT: usize = 8;

opaque_debug!([K, P, C] Local<K, P, C>);

impl<K: OwnedKey, P, C> Local<K, P, C> {
    pub(super) fn new(window: Option<Tumbling>, watermark: i64, spare: Arc<Spare<K, P>>, combine: Arc<C>) -> Self {
        let mut local = Self {
            window,
            watermark,
            partitions: spare.partitions(),
            slices: Vec::new(),
            tables: Vec::new(),
            recent: std::array::from_fn(|at| Recent {
                // A window of another place in this list: it is never found here.
                start: window.filter(|_| at == 0).map_or(0, |window| window.end(0)),
                place: 0,
            }),
            last: Last::default(),
            spare,
            combine,
        };
        if window.is_none() {
            local.open(0);
        }
        local
    }

    /// The place of the slice of event time that `at` falls into, or `None` when the record is late: its window had closed when
    /// the batch began.
    #[inline(always)]
    pub fn slice(&mut self, at: i64) -> Option<usize> {
        let window = self.window.expect("only windowed exchanges have slices");
        let (number, start) = window.number_and_start(at);
        if window.end(start) <= self.watermark {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only the lowest bits count"
        )]
        let recent = &self.recent[number as usize % RECENT];
        if recent.start == start {
            return Some(recent.place);
        }
        Some(self.find(number, start))
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, number: i64, start: i64) -> usize {
        let known = self.slices.iter().position(|slice| *slice == start);
        let place = known.unwrap_or_else(|| self.open(start));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only the lowest bits count"
        )]
        let recent = &mut self.recent[number as usize % RECENT];
        *recent = Recent { start, place };
        place
    }

    fn open(&mut self, start: i64) -> usize {
        self.slices.push(start);
        self.spare.take(&mut self.tables);
        self.slices.len() - 1
    }

    /// What is combined so far for this place of a slice and this key (place 0 where there is no window).
    #[inline(always)]
    pub fn slot<Q: Key<Owned = K>>(&mut self, place: usize, key: Q) -> &mut P
    where
        P: Default,
    {
        self.place(place, key).part
    }

    /// The slot of this slice and key, to combine something into. The key is not needed any longer, so that the record it
    /// may borrow from can be moved into [`merge`](Place::merge).
    #[inline(always)]
    pub fn place<Q: Key<Owned = K>>(&mut self, place: usize, key: Q) -> Place<'_, P, C>
    where
        P: Default,
    {
        let combine = &*self.combine;
        let hash = hash_of(&key);
        let last = self.last;
        if last.hash == hash && last.place == place && self.tables[last.table].holds(last.bucket, &key) {
            let part = self.tables[last.table].at(last.bucket);
            return Place { part, combine };
        }
        let table = place * self.partitions + partition_of(hash, self.partitions);
        let (bucket, part) = self.tables[table].slot(hash, key);
        self.last = Last {
            place,
            hash,
            table,
            bucket,
        };
        Place { part, combine }
    }

    /// What came for each slice, by its start.
    pub(crate) fn into_sheets(self) -> impl Iterator<Item = (i64, Sheet<K, P>)> {
        let mut tables = self.tables.into_iter();
        let partitions = self.partitions;
        self.slices
            .into_iter()
            .map(move |slice| (slice, tables.by_ref().take(partitions).collect()))
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
