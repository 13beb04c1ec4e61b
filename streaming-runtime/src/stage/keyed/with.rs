use crate::key::OwnedKey;
use crate::state::exchange::{Combine, Exchange};
use crate::state::fold::{FoldWith, Same};
use crate::state::table::Table;
use crate::state::{Fold, State};
use crate::task::Order;

/// Finds the [`Fold`] of a stage: the combine of its exchange, or a function of the user's.
pub trait With<P, C>: Send + Sync {
    /// What rests in state.
    type State: State;
    /// The fold.
    fn fold<'f>(&'f self, combine: &'f C) -> impl Fold<P, State = Self::State> + 'f;
}

/// The parts are the state: `agg`, `reduce`, `count`, `sum`.
#[derive(Debug, Clone, Copy)]
pub struct Parts;

impl<P: State, C: Combine<P>> With<P, C> for Parts {
    type State = P;
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
    fn start(&self, part: P) -> W::State {
        (**self).start(part)
    }
    fn apply(&self, state: &mut W::State, part: P) {
        (**self).apply(state, part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, W::State> {
        (**self).start_all(parts)
    }
}

/// `.fold(init, f)` behind this exchange; the exchange fixes the type of the record.
pub fn fold_with<K, T, C, S, I, F>(_: &Exchange<K, Vec<(Order, T)>, C>, init: I, f: F) -> FoldWith<I, F>
where
    I: Fn() -> S,
    F: Fn(S, T) -> S,
{
    FoldWith { init, f }
}
