use std::collections::BTreeSet;

use super::marked::Bare;
use super::{RestIn, Scope};
use crate::key::OwnedKey;
use crate::state::combine::Marked;
use crate::state::keyed::{Came, Close, Due, Index};
use crate::state::table::{Entry, Table};
use crate::state::{Fold, State};
use crate::time::{Sliding, Window};

/// `.window(sliding(…))`: a record is combined into one slice, and a window that fires puts its slices together. A slice is dropped when its last window
/// has fired.
impl Scope for Sliding {
    type Slicing = Self;
    type Window = Window;
    type Held<S: State> = Marked<(), S>;
    type Index<K: OwnedKey, S: State> = Fired;
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
            rest.store.apply(*slice, parts, &bare, |_| true, |_| {});
        }
        for window in self.ripe(rest.store.slices(), close) {
            let mut whole = Table::default();
            let slices = rest.store.slices();
            for slice in slices.filter(|slice| (window.start..window.end).contains(slice)) {
                rest.store.each(
                    slice,
                    |held, revised| bare.settle(held, revised),
                    |Entry { hash, key, value }| {
                        let entry = Entry {
                            hash,
                            key,
                            value: value.part,
                        };
                        whole.merge_one(entry, |state, later| fold.merge(state, later));
                    },
                );
            }
            whole.drain().for_each(|entry| emit(window, entry));
        }
        let slices = rest.store.slices();
        for slice in slices.filter(|slice| self.gone(*slice) <= close.watermark) {
            rest.store.drop_slice(slice);
        }
        rest.index.open = Some(close.watermark);
    }

    fn settle<S: State>(&self, held: &mut Self::Held<S>, revised: Self::Held<S>, settle: impl Fn(&mut S, S)) {
        settle(&mut held.part, revised.part);
    }

    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due {
        let first = rest.store.lowest().map(|slice| self.first_of(slice).end);
        // Windows up to the watermark have fired.
        Due::at_event(first.map(|first| rest.index.fired.map_or(first, |fired| first.max(self.next_end(fired)))))
    }

    fn shape(&self) -> String {
        let (size, slide, offset) = Self::shape(*self);
        format!("sliding windows of {size} ms every {slide} ms from {offset} ms: ")
    }

    fn end_of(window: Window) -> i64 {
        window.end
    }
}

impl Sliding {
    /// The windows of these slices that the watermark passed in this batch, the earliest first.
    fn ripe(self, slices: impl Iterator<Item = i64>, close: Close) -> Vec<Window> {
        let mut ends = BTreeSet::new();
        for slice in slices {
            let (mut end, last) = (self.first_of(slice).end, self.gone(slice));
            if end <= close.before {
                end = self.next_end(close.before);
            }
            while end <= last.min(close.watermark) {
                ends.insert(end);
                end += self.slide();
            }
        }
        let window = |end: i64| Window {
            start: end - self.size(),
            end,
        };
        ends.into_iter().map(window).collect()
    }
}

/// Up to which watermark windows have fired; unknown after a restart, when to ask once more does no harm.
#[derive(Debug, Default)]
pub struct Fired {
    fired: Option<i64>,
    open: Option<i64>,
}

impl Index for Fired {
    fn commit(&mut self) {
        self.fired = self.open.take().or(self.fired);
    }
    fn abort(&mut self) {
        self.open = None;
    }
}
