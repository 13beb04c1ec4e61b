use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RestIn, Scope};
use crate::key::OwnedKey;
use crate::state::combine::Marked;
use crate::state::deadlines::Deadlines;
use crate::state::keyed::{Came, Close, Due};
use crate::state::table::Entry;
use crate::state::{Fold, State};
use crate::time::{Whole, millis};

/// `.running(…)`: everything since the key was first seen, or since it was last silent for `ttl` of batch time.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    ttl: Option<i64>,
}

impl Running {
    /// Keys are forgotten after `ttl` without a record.
    #[must_use]
    pub fn ttl(ttl: Duration) -> Self {
        Self { ttl: Some(millis(ttl)) }
    }

    /// Keys are never forgotten.
    #[must_use]
    pub fn unbounded() -> Self {
        Self { ttl: None }
    }

    /// After how long a key is forgotten.
    pub(crate) fn millis(self) -> Option<i64> {
        self.ttl
    }

    /// The batch time at which a key is forgotten if nothing more comes.
    fn ends<S>(self, held: &Timed<S>) -> i64 {
        self.ttl.map_or(i64::MAX, |ttl| held.touched.saturating_add(ttl))
    }
}

/// A state and the batch time at which it was last touched.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed<S> {
    touched: i64,
    state: S,
}

/// Keys of a key partition that one batch forgets at most: a burst of them must not hold up what comes meanwhile.
const FORGOTTEN: usize = 16 << 10;
/// The only slice.
const SLICE: i64 = 0;

impl Scope for Running {
    type Slicing = Whole;
    type Window = ();
    type Held<S: State> = Timed<S>;
    type Index<K: OwnedKey, S: State> = Deadlines;
    const FIRES: bool = false;

    fn pass<K, P, F>(
        &self,
        rest: &mut RestIn<Self, K, F::State>,
        came: &mut Came<K, (), P>,
        fold: &F,
        close: Close,
        mut emit: impl FnMut((), Entry<K, F::State>),
    ) where
        K: OwnedKey,
        P: Send,
        F: Fold<P>,
    {
        let timing = Timing {
            fold,
            now: close.batch_time,
        };
        for (_, parts) in came {
            let alive = |held: &Timed<F::State>| self.ends(held) > close.batch_time;
            rest.store.apply(SLICE, parts, &timing, alive, |hash| {
                if let Some(ttl) = self.ttl {
                    rest.index.add(close.batch_time.saturating_add(ttl), hash);
                }
            });
        }
        for (_, Entry { hash, key, value }) in rest.store.touched() {
            let (hash, key, value) = (*hash, key.clone(), value.state.clone());
            emit((), Entry { hash, key, value });
        }
        self.forget(rest, close);
    }

    fn rebuild<K: OwnedKey, S: State>(&self, rest: &mut RestIn<Self, K, S>) {
        if self.ttl.is_some() {
            let entries = rest.store.entries();
            rest.index
                .refill(entries.map(|(_, entry)| (self.ends(&entry.value), entry.hash)));
        }
    }

    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due {
        Due::at_end(rest.index.next())
    }

    fn shape(&self) -> String {
        "everything so far".to_owned()
    }
}

impl Running {
    fn forget<K: OwnedKey, S: State>(self, rest: &mut RestIn<Self, K, S>, close: Close) {
        for _ in 0..FORGOTTEN {
            let Some(hash) = rest.index.take(close.batch_time) else {
                return;
            };
            let mut next = None::<i64>;
            for key in rest.store.keys_with_hash(SLICE, hash) {
                match rest.store.look(SLICE, hash, &key).map(|held| self.ends(held)) {
                    Some(ends) if ends > close.batch_time => next = Some(next.map_or(ends, |next| next.min(ends))),
                    Some(_) => rest.store.remove(SLICE, hash, &key),
                    None => {}
                }
            }
            // One for all keys of this hash.
            if let Some(next) = next {
                rest.index.add(next, hash);
            }
        }
    }
}

/// A fold that notes when a state was touched.
struct Timing<'f, F> {
    fold: &'f F,
    now: i64,
}

impl<P, F: Fold<P>> Fold<Marked<(), P>> for Timing<'_, F> {
    type State = Timed<F::State>;
    #[inline]
    fn start(&self, part: Marked<(), P>) -> Self::State {
        Timed {
            touched: self.now,
            state: self.fold.start(part.part),
        }
    }
    fn merge(&self, held: &mut Self::State, other: Self::State) {
        self.fold.merge(&mut held.state, other.state);
    }
    #[inline]
    fn apply(&self, held: &mut Self::State, part: Marked<(), P>) {
        held.touched = self.now;
        self.fold.apply(&mut held.state, part.part);
    }
}
