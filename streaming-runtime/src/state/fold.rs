//! How parts become state: what `agg`, `reduce` and `fold` put behind an exchange.

use super::combine::{Combine, Marked};
use super::exchange::Exchange;
use super::layout::Part;
use super::table::Table;
use super::{Fold, Revise, State};
use crate::key::OwnedKey;
use crate::lend::Ask;
use crate::task::Order;
use crate::time::Slicing;

/// The parts themselves are the state, combined as on the exchange.
#[derive(Debug, Clone, Copy)]
pub struct Same<'c, C>(pub(crate) &'c C);

impl<P: Revise, C: Combine<P>> Fold<P> for Same<'_, C> {
    type State = P;
    const GROWS: bool = P::GROWS;
    #[inline]
    fn start(&self, part: P) -> P {
        part
    }
    #[inline]
    fn apply(&self, state: &mut P, part: P) {
        self.0.combine(state, part);
    }
    #[inline]
    fn merge(&self, state: &mut P, other: P) {
        self.0.combine(state, other);
    }
    fn start_bare<K: OwnedKey>(&self, parts: &mut Table<K, Marked<(), P>>) -> Table<K, Marked<(), P>> {
        let mut states = std::mem::take(parts);
        states.trim();
        states
    }
    fn revise(&self, state: &P) -> P {
        state.revise()
    }
    fn settle(&self, state: &mut P, revised: P) {
        state.settle(revised);
    }
}

/// `.fold(init, f)`: one record at a time, in the order of the source partition.
#[derive(Debug, Clone, Copy)]
pub struct FoldWith<I, F> {
    pub(crate) init: I,
    pub(crate) f: F,
}

impl<T, S, I, F> Fold<Vec<(Order, T)>> for FoldWith<I, F>
where
    S: State,
    I: Fn() -> S + Send + Sync,
    F: Fn(S, T) -> S + Send + Sync,
{
    type State = S;
    const MERGES: bool = false;
    fn merge(&self, _: &mut S, _: S) {
        unreachable!("the function of `fold` takes one record at a time")
    }
    fn start(&self, part: Vec<(Order, T)>) -> S {
        self.fold((self.init)(), part)
    }
    fn apply(&self, state: &mut S, part: Vec<(Order, T)>) {
        // The function takes the state by value; a new state stands in meanwhile, which is cheaper than a copy of the old one.
        let before = std::mem::replace(state, (self.init)());
        *state = self.fold(before, part);
    }
}

impl<I, F> FoldWith<I, F> {
    fn fold<T, S>(&self, state: S, mut part: Vec<(Order, T)>) -> S
    where
        F: Fn(S, T) -> S,
    {
        part.sort_by_key(|(order, _)| order.arrival);
        part.into_iter()
            .fold(state, |state, (_, record)| (self.f)(state, record))
    }
}

/// Finds the [`Fold`] of a stage: the combine of its exchange, or a function of the user's.
pub trait With<P, C>: Send + Sync {
    /// What rests in state.
    type State: State;
    /// See [`Revise::GROWS`].
    const GROWS: bool = false;
    /// The parts of the state that a checkpoint keeps by themselves.
    #[must_use]
    fn parts() -> Vec<Part> {
        vec![Part::whole::<Self::State>()]
    }
    /// The fold.
    fn fold<'f>(&'f self, combine: &'f C) -> impl Fold<P, State = Self::State> + 'f;
}

/// The parts are the state: `agg`, `reduce`, `count`, `sum`.
#[derive(Debug, Clone, Copy)]
pub struct Parts;

impl<P: Revise, C: Combine<P>> With<P, C> for Parts {
    type State = P;
    const GROWS: bool = P::GROWS;
    fn parts() -> Vec<Part> {
        let mut parts = Vec::new();
        P::parts(&mut parts);
        parts
    }
    fn fold<'f>(&'f self, combine: &'f C) -> impl Fold<P, State = P> + 'f {
        Same(combine)
    }
}

impl<T, S, C, I, F> With<Vec<(Order, T)>, C> for FoldWith<I, F>
where
    S: State,
    I: Fn() -> S + Send + Sync,
    F: Fn(S, T) -> S + Send + Sync,
{
    type State = S;
    fn fold<'f>(&'f self, _: &'f C) -> impl Fold<Vec<(Order, T)>, State = S> + 'f {
        self
    }
}

impl<P, W: Fold<P>> Fold<P> for &W {
    type State = W::State;
    const GROWS: bool = W::GROWS;
    const MERGES: bool = W::MERGES;
    fn merge(&self, state: &mut W::State, other: W::State) {
        (**self).merge(state, other);
    }
    fn revise(&self, state: &W::State) -> W::State {
        (**self).revise(state)
    }
    fn settle(&self, state: &mut W::State, revised: W::State) {
        (**self).settle(state, revised);
    }
    fn start(&self, part: P) -> W::State {
        (**self).start(part)
    }
    fn apply(&self, state: &mut W::State, part: P) {
        (**self).apply(state, part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, W::State> {
        (**self).start_all(parts)
    }
    fn start_bare<K: OwnedKey>(&self, parts: &mut Table<K, Marked<(), P>>) -> Table<K, Marked<(), W::State>> {
        (**self).start_bare(parts)
    }
}

/// `.fold(init, f)` behind this exchange; the exchange fixes the type of the record.
pub fn fold_with<K, T, C, G: Slicing, S, I, F>(_: &Exchange<K, Vec<(Order, T)>, C, G>, init: I, f: F) -> FoldWith<I, F>
where
    I: Fn() -> S,
    F: Fn(S, T) -> S,
{
    FoldWith { init, f }
}

/// Asks about the type of a fold's state.
#[must_use]
pub fn folded<S, I: Fn() -> S, F>(_: &FoldWith<I, F>) -> Ask<S> {
    Ask::any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Tag, Task};

    fn record(partition: u32, chunk: u64, row: u64, at: i64) -> (Order, String) {
        let mut task = Task::new(3, Tag { partition, chunk }, 0);
        task.row(row);
        (task.order(at), format!("{partition}.{chunk}.{row}"))
    }

    #[test]
    fn records_are_folded_in_the_order_of_their_partition() {
        let fold = FoldWith {
            init: || "<".to_owned(),
            f: |state: String, record: String| state + " " + &record,
        };
        // The order of workers, and event times that say otherwise.
        let part = vec![
            record(0, 1, 0, 5),
            record(1, 0, 0, 1),
            record(0, 0, 1, 9),
            record(0, 0, 0, 20),
        ];
        let mut state = fold.start(part);
        assert_eq!(state, "< 0.0.0 0.0.1 0.1.0 1.0.0");
        fold.apply(&mut state, vec![record(0, 3, 1, 1), record(0, 3, 0, 2)]);
        assert_eq!(state, "< 0.0.0 0.0.1 0.1.0 1.0.0 0.3.0 0.3.1");
    }
}
