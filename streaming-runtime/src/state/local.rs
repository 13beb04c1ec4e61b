//! One worker's half of an exchange.

use std::sync::Arc;

use super::combine::{Combine, Marked};
use super::partition::{Sheet, Spare, partition_of};
use super::table::Table;
use crate::key::{Key, OwnedKey};
use crate::time::{Slicing, Watermarks};

/// One worker's half of an [`Exchange`](super::exchange::Exchange): tables of what is combined so far, one for every slice and
/// key partition, so that a close need only hand them on.
pub struct Local<K, P, C, G: Slicing> {
    slicing: G,
    watermarks: Watermarks,
    partitions: usize,
    /// The slices, each by its start. Its place here is what [`slice`](Self::slice) returns.
    slices: Vec<i64>,
    /// The tables of the slices, in the same order, as many as there are key partitions for each.
    tables: Vec<Table<K, Marked<G::Mark, P>>>,
    /// Where slices stand that were asked for lately, by the lowest bits of the window's number.
    recent: [Option<Recent>; RECENT],
    /// The key of the record before: it often comes several times in a row.
    last: Last,
    spare: Arc<Spare<K, Marked<G::Mark, P>>>,
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

opaque_debug!([K, P, C, G: Slicing] Local<K, P, C, G>);

impl<K: OwnedKey, P, C, G: Slicing> Local<K, P, C, G> {
    pub(super) fn new(
        slicing: G,
        watermarks: Watermarks,
        spare: Arc<Spare<K, Marked<G::Mark, P>>>,
        combine: Arc<C>,
    ) -> Self {
        let mut local = Self {
            slicing,
            watermarks,
            partitions: spare.partitions(),
            slices: Vec::new(),
            tables: Vec::new(),
            recent: [None; RECENT],
            last: Last::default(),
            spare,
            combine,
        };
        if !G::SLICED {
            local.open(0);
        }
        local
    }

    /// The spot of a record in its slice of event time, or `None` when the record is late: the batch began after the last moment at which
    /// something could take it in.
    #[inline(always)]
    pub fn slice(&mut self, at: G::At) -> Option<G::Spot> {
        let (number, start) = self.slicing.slice(at);
        if self.slicing.is_late(at, start, self.watermarks[G::input(at)]) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "only the lowest bits count"
        )]
        let recent = self.recent[number as usize % RECENT];
        let place = match recent {
            Some(recent) if recent.start == start => recent.place,
            _ => self.find(number, start),
        };
        Some(G::spot(at, place))
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
        *recent = Some(Recent { start, place });
        place
    }

    fn open(&mut self, start: i64) -> usize {
        self.slices.push(start);
        self.spare.take(&mut self.tables);
        self.slices.len() - 1
    }

    /// What is combined so far for this spot and this key (spot 0 where there is no window).
    #[inline(always)]
    pub fn slot<Q: Key<Owned = K>>(&mut self, spot: G::Spot, key: Q) -> &mut P
    where
        P: Default,
    {
        self.place(spot, key).part
    }

    /// The slot of this spot and key, to combine something into. The key is not needed any longer, so that the record it
    /// may borrow from can be moved into [`merge`](Place::merge).
    #[inline(always)]
    pub fn place<Q: Key<Owned = K>>(&mut self, spot: G::Spot, key: Q) -> Place<'_, P, C>
    where
        P: Default,
    {
        let combine = &*self.combine;
        let (hash, place) = (key.hashed(), G::index(spot));
        let last = self.last;
        let marked = if last.hash == hash && last.place == place && self.tables[last.table].holds(last.bucket, &key) {
            self.tables[last.table].at(last.bucket)
        } else {
            let table = place * self.partitions + partition_of(hash, self.partitions);
            let (bucket, marked) = self.tables[table].slot(hash, key);
            self.last = Last {
                place,
                hash,
                table,
                bucket,
            };
            marked
        };
        G::mark(&mut marked.mark, spot);
        let part = &mut marked.part;
        Place { part, combine }
    }

    /// What came for each slice, by its start.
    pub(crate) fn into_sheets(self) -> impl Iterator<Item = (i64, Sheet<K, Marked<G::Mark, P>>)> {
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
