//! How parts become state: what `agg`, `reduce` and `fold` put behind an exchange.

use super::exchange::Combine;
use super::{Fold, State};
use crate::task::Order;

/// The parts themselves are the state, combined as on the exchange.
#[derive(Debug, Clone, Copy)]
pub struct Same<'c, C>(pub(crate) &'c C);

impl<P: State, C: Combine<P>> Fold<P> for Same<'_, C> {
    type State = P;
    #[inline]
    fn start(&self, part: P) -> P {
        part
    }
    #[inline]
    fn apply(&self, state: &mut P, part: P) {
        self.0.combine(state, part);
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
    fn start(&self, part: Vec<(Order, T)>) -> S {
        let mut state = (self.init)();
        self.apply(&mut state, part);
        state
    }
    fn apply(&self, state: &mut S, mut part: Vec<(Order, T)>) {
        part.sort_by_key(|(order, _)| order.arrival);
        let mut folded = state.clone();
        for (_, record) in part {
            folded = (self.f)(folded, record);
        }
        *state = folded;
    }
}
