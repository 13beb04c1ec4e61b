//! Aggregates: the operators that `agg`, `reduce`, `fold` and their like become, over any scope.

use std::marker::PhantomData;

use super::Fold;
use super::combine::Combine;
use super::fold::With;
use super::keyed::{CameTo, Close, Due, Keyed, Layout, RestOf};
use super::layout::{Hole, described};
use super::scope::Scope;
use super::table::Entry;
use crate::key::OwnedKey;

/// The types of the exchange in front.
type Of<K, P, C> = PhantomData<fn() -> (K, P, C)>;

/// An aggregate over a scope.
#[derive(Debug)]
pub struct Aggregate<K, P, C, W, Sc> {
    scope: Sc,
    with: W,
    of: Of<K, P, C>,
}

impl<K, P, C, W, Sc> Aggregate<K, P, C, W, Sc> {
    pub(crate) fn new(scope: Sc, with: W) -> Self {
        Self {
            scope,
            with,
            of: PhantomData,
        }
    }
}

impl<K, P, C, W, Sc> Keyed for Aggregate<K, P, C, W, Sc>
where
    K: OwnedKey,
    P: Send + 'static,
    C: Combine<P> + 'static,
    W: With<P, C> + 'static,
    Sc: Scope,
{
    type Key = K;
    type Part = P;
    type Combine = C;
    type Slicing = Sc::Slicing;
    type Held = Sc::Held<W::State>;
    type Index = Sc::Index<K, W::State>;
    type Group = K;
    type Context = Sc::Window;
    type Value = W::State;
    const KEEPS: bool = Sc::KEEPS;
    const GROWS: bool = Sc::REVISES && W::GROWS;

    fn pass(
        &self,
        combine: &C,
        rest: &mut RestOf<Self>,
        came: &mut CameTo<Self>,
        close: Close,
        emit: impl FnMut(Sc::Window, Entry<K, W::State>),
    ) {
        self.scope.pass(rest, came, &self.with.fold(combine), close, emit);
    }

    fn settle(&self, combine: &C, held: &mut Self::Held, revised: Self::Held) {
        let fold = self.with.fold(combine);
        self.scope
            .settle(held, revised, |state, revised| fold.settle(state, revised));
    }

    fn rebuild(&self, rest: &mut RestOf<Self>) {
        self.scope.rebuild(rest);
    }

    fn due(&self, rest: &RestOf<Self>) -> Due {
        self.scope.due(rest)
    }

    fn shape(&self) -> String {
        self.scope.shape()
    }

    fn layout(&self) -> Result<Layout, String> {
        described::<K, Sc::Held<Hole>>(&self.scope.shape(), W::parts(), Sc::FIRES).map(Layout)
    }

    fn time_of(window: Sc::Window) -> i64 {
        Sc::end_of(window)
    }
}
