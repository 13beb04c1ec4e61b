use super::marked::Bare;
use super::{RestIn, Scope, from};
use crate::key::OwnedKey;
use crate::state::combine::Marked;
use crate::state::keyed::{Came, Close, Due};
use crate::state::table::Entry;
use crate::state::{Fold, State};
use crate::time::{Tumbling, Window, span};

/// `.window(tumbling(…))`: a slice is a window. One that closes takes its whole table; nothing looks at what stays.
impl Scope for Tumbling {
    type Slicing = Self;
    type Window = Window;
    type Held<S: State> = Marked<(), S>;
    type Index<K: OwnedKey, S: State> = ();
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
        let fold = Bare(fold);
        for (slice, parts) in came {
            rest.store.apply(*slice, parts, &fold, |_| true, |_| {});
        }
        rest.store.close(
            |start| self.end(start) <= close.watermark,
            |held, revised| fold.settle(held, revised),
            |start, Entry { hash, key, value }| {
                let (end, value) = (self.end(start), value.part);
                emit(Window { start, end }, Entry { hash, key, value });
            },
        );
    }

    fn settle<S: State>(&self, held: &mut Self::Held<S>, revised: Self::Held<S>, settle: impl Fn(&mut S, S)) {
        settle(&mut held.part, revised.part);
    }

    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due {
        Due::at_event(rest.store.lowest().map(|start| self.end(start)))
    }

    fn shape(&self) -> String {
        let (size, offset) = Self::shape(*self);
        from(format!("tumbling windows of {}", span(size)), offset)
    }

    fn end_of(window: Window) -> i64 {
        window.end
    }
}
