use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::Accumulator;
use super::rank::compare;
use crate::lend::Lent;
use crate::state::{Revise, State};
use crate::task::Order;

/// `collect(f)`: all values, in order of event time, then arrival. As large as the input: bound it by a window.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Collect<T>(Vec<(Order, T)>);

impl<T> Default for Collect<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Collect<T> {
    /// Adds one value.
    pub fn add(&mut self, order: Order, value: impl Lent<Owned = T>) {
        self.0.push((order, value.own()));
    }
    /// The values in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<T> {
        self.0.sort_by_key(|(order, _)| *order);
        self.0.into_iter().map(|(_, value)| value).collect()
    }
}

impl<T: Send> Accumulator for Collect<T> {
    fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}

/// A revision holds what was added.
impl<T: State> Revise for Collect<T> {
    const GROWS: bool = true;
    fn revise(&self) -> Self {
        Self::default()
    }
    fn settle(&mut self, mut revised: Self) {
        self.0.append(&mut revised.0);
    }
}

/// `count_distinct(f)`: how many different values, exactly.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de> + Eq + Hash"))]
pub struct CountDistinct<T>(HashSet<T, foldhash::fast::FixedState>);

impl<T> Default for CountDistinct<T> {
    fn default() -> Self {
        Self(HashSet::default())
    }
}

impl<T: Eq + Hash> CountDistinct<T> {
    /// Adds one value.
    pub fn add<V>(&mut self, value: V)
    where
        V: Lent<Owned = T>,
        V::View: Eq + Hash,
        T: Borrow<V::View>,
    {
        if !self.0.contains(value.view()) {
            self.0.insert(value.own());
        }
    }
    /// The number of different values.
    #[must_use]
    pub fn finish(self) -> u64 {
        self.0.len() as u64
    }
}

impl<T: Eq + Hash + Send> Accumulator for CountDistinct<T> {
    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// A revision holds what came in the batch, whether it is new or not.
impl<T: State + Eq + Hash> Revise for CountDistinct<T> {
    const GROWS: bool = true;
    fn revise(&self) -> Self {
        Self::default()
    }
    fn settle(&mut self, revised: Self) {
        self.0.extend(revised.0);
    }
}

/// `top(n, by)`: the `n` records with the highest `by`, best first; ties go to the earlier record, and NaN
/// is larger than every number, as in SQL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Top<B, T> {
    limit: usize,
    best: Vec<(B, Order, T)>,
}

impl<B, T> Default for Top<B, T> {
    fn default() -> Self {
        Self {
            limit: 0,
            best: Vec::new(),
        }
    }
}

impl<B: PartialOrd + Serialize, T> Top<B, T> {
    /// Offers a record; `record` is called only when it is among the best.
    #[inline(always)]
    pub fn add<R: Lent<Owned = T>>(&mut self, limit: usize, order: Order, by: B, record: impl FnOnce() -> R) {
        // Most records are worse than all that are kept.
        if let Some((worst, ..)) = self.best.last()
            && self.best.len() == limit
            && *worst > by
        {
            return;
        }
        self.offer(limit, order, by, record);
    }

    fn offer<R: Lent<Owned = T>>(&mut self, limit: usize, order: Order, by: B, record: impl FnOnce() -> R) {
        self.limit = limit;
        if let Some(place) = self.place(&by, order) {
            self.insert(place, (by, order, record().own()));
        }
    }

    /// Where a record belongs, if it is among the best. Behind those of the same order: `flat_map` makes them in turn.
    fn place(&self, by: &B, order: Order) -> Option<usize> {
        let stays = |(b, o, _): &(B, Order, T)| match compare(b, by) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => *o <= order,
        };
        let place = self.best.partition_point(stays);
        (place < self.limit).then_some(place)
    }

    fn insert(&mut self, place: usize, record: (B, Order, T)) {
        self.best.truncate(self.limit - 1);
        self.best.insert(place, record);
    }

    /// The records, best first.
    #[must_use]
    pub fn finish(self) -> Vec<T> {
        self.best.into_iter().map(|(_, _, record)| record).collect()
    }
}

impl<B: PartialOrd + Serialize + Send, T: Send> Accumulator for Top<B, T> {
    fn merge(&mut self, other: Self) {
        self.limit = self.limit.max(other.limit);
        for (by, order, record) in other.best {
            if let Some(place) = self.place(&by, order) {
                self.insert(place, (by, order, record));
            }
        }
    }
}

impl<B: State, T: State> Revise for Top<B, T> {}
