use std::collections::BTreeSet;

use super::marked::Bare;
use super::panes::Panes;
use super::{RestIn, Scope, from};
use crate::key::OwnedKey;
use crate::state::combine::Marked;
use crate::state::keyed::{Came, Close, Due};
use crate::state::table::{Entry, Table};
use crate::state::{Fold, State};
use crate::time::{Sliding, Window, span};

/// `.window(sliding(…))`: a record is combined into one slice, and a window that fires puts its slices together. A slice is dropped when its last window
/// has fired.
impl Scope for Sliding {
    type Slicing = Self;
    type Window = Window;
    type Held<S: State> = Marked<(), S>;
    type Index<K: OwnedKey, S: State> = Panes<K, S>;
    const REVISES: bool = true;

    fn pass<K, P, F>(
        &self,
        rest: &mut RestIn<Self, K, F::State>,
        came: &mut Came<K, (), P>,
        fold: &F,
        close: Close,
        mut emit: impl FnMut(Window, Entry<K, F::State>),
    ) where
        K: OwnedKey,
        P: Send,
        F: Fold<P>,
    {
        const { assert!(F::MERGES, "windows that overlap need states that can be merged") };
        let bare = Bare(fold);
        for (slice, parts) in came {
            if !F::GROWS {
                parts
                    .iter()
                    .for_each(|part| rest.index.touch(*slice, part.hash, &part.key));
            }
            rest.store.apply(*slice, parts, &bare, |_| true, |_| {});
        }
        let slices = rest.store.slices();
        for window in self.ripe(&slices, close) {
            let first = slices.partition_point(|slice| *slice < window.start);
            let end = slices.partition_point(|slice| *slice < window.end);
            let (slices, emit) = (&slices[first..end], |entry| emit(window, entry));
            if F::GROWS {
                gather::<Self, K, P, F>(rest, slices, fold, emit);
            } else {
                advance::<Self, K, P, F>(rest, window, slices, fold, emit);
            }
        }
        for slice in slices.into_iter().filter(|slice| self.gone(*slice) <= close.watermark) {
            rest.store.drop_slice(slice);
        }
        if rest.store.is_empty() {
            rest.index.clear();
        }
        rest.index.pass(self.last_end(close.watermark));
    }

    fn settle<S: State>(&self, held: &mut Self::Held<S>, revised: Self::Held<S>, settle: impl Fn(&mut S, S)) {
        settle(&mut held.part, revised.part);
    }

    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due {
        let first = rest.store.lowest().map(|slice| self.first_of(slice).end);
        let fired = rest.index.fired();
        Due::at_event(first.map(|first| fired.map_or(first, |fired| first.max(self.next_end(fired)))))
    }

    fn shape(&self) -> String {
        let (size, slide, offset) = Self::shape(*self);
        let windows = format!("sliding windows of {} every {}", span(size), span(slide));
        from(windows, offset)
    }

    fn end_of(window: Window) -> i64 {
        window.end
    }
}

impl Sliding {
    /// The windows of these slices that the watermark passed in this batch, the earliest first.
    fn ripe(self, slices: &[i64], close: Close) -> Vec<Window> {
        let mut ends = BTreeSet::new();
        for slice in slices {
            let (mut end, last) = (self.first_of(*slice).end, self.gone(*slice));
            if end <= close.before {
                end = self.next_end(close.before);
            }
            while end <= last.min(close.watermark) {
                ends.insert(end);
                let Some(next) = end.checked_add(self.slide()) else {
                    break;
                };
                end = next;
            }
        }
        let window = |end: i64| Window {
            start: end.saturating_sub(self.size()),
            end,
        };
        ends.into_iter().map(window).collect()
    }
}

/// Puts a window together from all its slices: its results are as large as they are.
fn gather<Sc, K, P, F>(rest: &RestIn<Sc, K, F::State>, slices: &[i64], fold: &F, emit: impl FnMut(Entry<K, F::State>))
where
    Sc: Scope<Held<F::State> = Marked<(), F::State>>,
    K: OwnedKey,
    F: Fold<P>,
{
    let mut whole = Table::default();
    for slice in slices {
        let settle = |held: &mut Marked<_, _>, revised: Marked<_, _>| fold.settle(&mut held.part, revised.part);
        rest.store.each(*slice, settle, |Entry { hash, key, value }| {
            let value = value.part;
            whole.merge_one(Entry { hash, key, value }, |state, later| fold.merge(state, later));
        });
    }
    whole.drain().for_each(emit);
}

/// Brings the panes to a window, and fires it.
fn advance<Sc, K, P, F>(
    rest: &mut RestIn<Sc, K, F::State>,
    window: Window,
    slices: &[i64],
    fold: &F,
    emit: impl FnMut(Entry<K, F::State>),
) where
    Sc: Scope<Held<F::State> = Marked<(), F::State>, Index<K, F::State> = Panes<K, F::State>>,
    K: OwnedKey,
    F: Fold<P>,
{
    let settle = |held: &mut Marked<_, _>, revised: Marked<_, _>| fold.settle(&mut held.part, revised.part);
    let merge = |state: &mut F::State, later: F::State| fold.merge(state, later);
    let panes = &mut rest.index;
    let missing = panes.missing(window.start);
    for (hash, key) in panes.take_stale() {
        for slice in slices.iter().filter(|slice| **slice < missing) {
            if let Some(held) = rest.store.one(*slice, hash, &key, settle) {
                let (key, value) = (key.clone(), held.part);
                panes.add(*slice, Entry { hash, key, value }, merge);
            }
        }
    }
    for slice in slices.iter().filter(|slice| **slice >= missing) {
        rest.store.each(*slice, settle, |Entry { hash, key, value }| {
            let value = value.part;
            panes.add(*slice, Entry { hash, key, value }, merge);
        });
    }
    panes.fire(window.start, window.end, merge, emit);
}
