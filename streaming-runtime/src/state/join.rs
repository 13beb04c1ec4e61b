//! Joins: two inputs of one exchange, whose rows rest by slice of time and by key until no partner can come any longer.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::combine::{Combine, Marked};
use super::keyed::{CameTo, Close, Due, Keyed, RestOf};
use super::table::{Entry, Table};
use super::{Fold, State};
use crate::key::OwnedKey;
use crate::time::{INPUTS, Side, Within};

/// The rows of one side that have a key and are in one slice, each with its time. At rest they are in the order of time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub enum Kept<A, B> {
    /// No row yet.
    #[default]
    Nothing,
    /// Of the left side.
    Left(Vec<(i64, A)>),
    /// Of the right side.
    Right(Vec<(i64, B)>),
}

impl<A, B> Kept<A, B> {
    /// Adds a row of the left side.
    #[inline(always)]
    pub fn left(&mut self, at: i64, row: A) {
        match self {
            Self::Left(rows) => rows.push((at, row)),
            _ => *self = Self::Left(vec![(at, row)]),
        }
    }

    /// Adds a row of the right side.
    #[inline(always)]
    pub fn right(&mut self, at: i64, row: B) {
        match self {
            Self::Right(rows) => rows.push((at, row)),
            _ => *self = Self::Right(vec![(at, row)]),
        }
    }

    /// Puts the rows in the order of time; those of one time stay in theirs.
    fn sort(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Left(rows) => rows.sort_by_key(|(at, _)| *at),
            Self::Right(rows) => rows.sort_by_key(|(at, _)| *at),
        }
    }

    /// Brings more rows in; both are in the order of time.
    fn merge(&mut self, more: Self) {
        match (self, more) {
            (Self::Left(rows), Self::Left(more)) => merge(rows, more),
            (Self::Right(rows), Self::Right(more)) => merge(rows, more),
            (_, Self::Nothing) => {}
            (rows, more) => *rows = more,
        }
    }
}

/// Merges two lists in the order of time. The cost is that of what is added and of what is later than it.
fn merge<T>(rows: &mut Vec<(i64, T)>, mut more: Vec<(i64, T)>) {
    let Some((first, _)) = more.first() else { return };
    let behind = rows.partition_point(|(at, _)| at <= first);
    if behind < rows.len() {
        let mut later = rows.split_off(behind);
        later.append(&mut more);
        later.sort_by_key(|(at, _)| *at);
        more = later;
    }
    rows.append(&mut more);
}

/// Keeps every row, in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep;

impl<A: Send, B: Send> Combine<Kept<A, B>> for Keep {
    const SHIPS: bool = true;
    fn rows(&self, part: &Kept<A, B>) -> usize {
        match part {
            Kept::Nothing => 0,
            Kept::Left(rows) => rows.len(),
            Kept::Right(rows) => rows.len(),
        }
    }
    fn combine(&self, into: &mut Kept<A, B>, part: Kept<A, B>) {
        match (into, part) {
            (Kept::Left(into), Kept::Left(mut part)) => into.append(&mut part),
            (Kept::Right(into), Kept::Right(mut part)) => into.append(&mut part),
            (_, Kept::Nothing) => {}
            (into, part) => *into = part,
        }
    }
}

/// Rows as they cross the exchange and as they rest.
type Marks<A, B> = Marked<(), Kept<A, B>>;

/// What came is added to what is there: a revision has what was added.
struct Grow;

impl<A: State, B: State> Fold<Marks<A, B>> for Grow {
    type State = Marks<A, B>;
    const GROWS: bool = true;
    fn start(&self, part: Marks<A, B>) -> Marks<A, B> {
        part
    }
    fn apply(&self, state: &mut Marks<A, B>, part: Marks<A, B>) {
        state.part.merge(part.part);
    }
    fn merge(&self, state: &mut Marks<A, B>, other: Marks<A, B>) {
        state.part.merge(other.part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, Marks<A, B>>) -> Table<K, Marks<A, B>> {
        let mut states = std::mem::take(parts);
        // It had room for what came on the exchange of other slices, and rests until the slice leaves.
        states.trim();
        states
    }
    fn revise(&self, _: &Marks<A, B>) -> Marks<A, B> {
        Marked::default()
    }
    fn settle(&self, state: &mut Marks<A, B>, revised: Marks<A, B>) {
        state.part.merge(revised.part);
    }
}

/// The types of the exchange in front.
type Of<K, A, B> = PhantomData<fn() -> (K, A, B)>;

/// `.join(…)`: pairs of rows that have the same key, and whose times are within a range of each other.
///
/// A pair comes out in the batch in which the later of its rows comes in. Rows that come are first joined with those of the other side,
/// and then kept for those that will come. A row leaves when the watermark of the other side says that no partner can come any longer.
#[derive(Debug)]
pub struct Join<K, A, B> {
    within: Within,
    of: Of<K, A, B>,
}

impl<K, A, B> Join<K, A, B> {
    pub(crate) fn new(within: Within) -> Self {
        let of = PhantomData;
        Self { within, of }
    }
}

/// A slice of the other side: what rests in it, and what the batch has added.
type Far<'s, K, A, B> = (i64, [Option<&'s Table<K, Marks<A, B>>>; 2]);

impl<K: OwnedKey, A: State, B: State> Join<K, A, B> {
    /// Joins rows that came with all that the other side has of their key. `others` are the slices of the other side, in order.
    fn meet(
        &self,
        others: &[Far<'_, K, A, B>],
        came: &Entry<K, Marks<A, B>>,
        emit: &mut impl FnMut(i64, Entry<(), (A, B)>),
    ) {
        let (hash, key) = (came.hash, ());
        match &came.value.part {
            Kept::Nothing => {}
            Kept::Left(near) => {
                for far in self.far(others, came, Side::Left, near) {
                    let Kept::Right(far) = far else { continue };
                    pairs(near, far, self.within.partners(Side::Left), |(at, a), (then, b)| {
                        let value = (a.clone(), b.clone());
                        emit(*at.max(then), Entry { hash, key, value });
                    });
                }
            }
            Kept::Right(near) => {
                for far in self.far(others, came, Side::Right, near) {
                    let Kept::Left(far) = far else { continue };
                    pairs(near, far, self.within.partners(Side::Right), |(at, b), (then, a)| {
                        let value = (a.clone(), b.clone());
                        emit(*at.max(then), Entry { hash, key, value });
                    });
                }
            }
        }
    }

    /// What the other side has of a key in the slices that may have partners of these rows.
    fn far<'s, T>(
        &self,
        others: &'s [Far<'s, K, A, B>],
        came: &'s Entry<K, Marks<A, B>>,
        side: Side,
        near: &[(i64, T)],
    ) -> impl Iterator<Item = &'s Kept<A, B>> + use<'s, K, A, B, T> {
        let (earliest, latest) = self.within.partners(side);
        let slice = |at: i64, shift: i64| self.within.slice_of(side.other(), at.saturating_add(shift));
        let first = near.first().map_or(i64::MAX, |(at, _)| slice(*at, earliest));
        let last = near.last().map_or(i64::MIN, |(at, _)| slice(*at, latest));
        let begin = others.partition_point(|(other, _)| *other < first);
        let slices = others[begin..].iter().take_while(move |(other, _)| *other <= last);
        let tables = slices.flat_map(|(_, tables)| tables.iter().flatten());
        tables.filter_map(|table| Some(&table.get(came.hash, &came.key)?.part))
    }
}

/// All pairs of rows whose times are within the range. Both lists are in the order of time.
fn pairs<X, Y>(
    near: &[(i64, X)],
    mut far: &[(i64, Y)],
    (earliest, latest): (i64, i64),
    mut found: impl FnMut(&(i64, X), &(i64, Y)),
) {
    for row in near {
        let (first, last) = (row.0.saturating_add(earliest), row.0.saturating_add(latest));
        far = &far[far.partition_point(|(at, _)| *at < first)..];
        for partner in far.iter().take_while(|(at, _)| *at <= last) {
            found(row, partner);
        }
    }
}

impl<K: OwnedKey, A: State, B: State> Keyed for Join<K, A, B> {
    type Key = K;
    type Part = Kept<A, B>;
    type Combine = Keep;
    type Slicing = Within;
    type Held = Marks<A, B>;
    type Index = ();
    type Group = ();
    type Context = i64;
    type Value = (A, B);
    const GROWS: bool = true;

    fn pass(
        &self,
        _: &Keep,
        rest: &mut RestOf<Self>,
        came: &mut CameTo<Self>,
        close: Close,
        mut emit: impl FnMut(i64, Entry<(), (A, B)>),
    ) {
        let store = &mut rest.store;
        for (_, parts) in &mut *came {
            parts.values_mut().for_each(|marked| marked.part.sort());
        }
        // Each row meets those that are there: the right side those of the left that came in the same batch, too.
        for side in [Side::Left, Side::Right] {
            let of_side = |(slice, _): &&mut (i64, _)| Side::of(*slice) == side;
            let reach = came
                .iter_mut()
                .filter(of_side)
                .map(|(slice, _)| self.within.partner_slices(*slice));
            let reach = reach.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
            let others = reach.map_or_else(Vec::new, |(first, last)| store.slices_in(first..=last));
            let others: Vec<_> = others.into_iter().map(|slice| (slice, store.tables(slice))).collect();
            if !others.is_empty() {
                for (_, parts) in came.iter_mut().filter(of_side) {
                    parts.iter().for_each(|part| self.meet(&others, part, &mut emit));
                }
            }
            for (slice, parts) in came.iter_mut().filter(of_side) {
                store.apply(*slice, parts, &Grow, |_| true, |_| {});
            }
        }
        for side in [Side::Left, Side::Right] {
            let watermark = close.inputs[side.other().input()];
            let gone = |slice| self.within.gone(slice) <= watermark;
            let mut leaving: Vec<i64> = store.first_resting(side.slices(), gone).collect();
            let new = came.iter().map(|(slice, _)| *slice);
            leaving.extend(new.filter(|slice| Side::of(*slice) == side && gone(*slice)));
            leaving.sort_unstable();
            leaving.dedup();
            for slice in leaving {
                store.drop_slice(slice);
            }
        }
    }

    fn settle(&self, _: &Keep, held: &mut Marks<A, B>, revised: Marks<A, B>) {
        held.part.merge(revised.part);
    }

    fn due(&self, rest: &RestOf<Self>) -> Due {
        let mut due = [None; INPUTS];
        for side in [Side::Left, Side::Right] {
            let lowest = rest.store.first_resting(side.slices(), |_| true).next();
            due[side.other().input()] = lowest.map(|slice| self.within.gone(slice));
        }
        Due::at_events(due)
    }

    fn shape(&self) -> String {
        let (lower, upper, slices) = self.within.shape();
        format!("pairs within {lower} to {upper} ms in slices of {slices} ms: ")
    }

    fn time_of(at: i64) -> i64 {
        at
    }
}

#[cfg(test)]
mod tests;
