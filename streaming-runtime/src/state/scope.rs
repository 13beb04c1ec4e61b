//! Scopes: what becomes of keyed state when a batch closes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::table::{Entry, Table};
use super::{Fold, State, Store};
use crate::key::OwnedKey;
use crate::time::{Tumbling, Window, millis};

/// The moment a batch closes.
#[derive(Debug, Clone, Copy)]
pub struct Close {
    /// The watermark above the operator.
    pub watermark: i64,
    /// The batch's time, epoch milliseconds.
    pub batch_time: i64,
}

/// What an aggregate is over: this micro-batch, a window of event time, or everything so far.
pub trait Scope: Send + Sync {
    /// What the finishing expression may ask for beside key and state.
    type Window: Copy + Send;
    /// State together with what the scope must remember of it.
    type Held<S: State>: State;
    /// Whether anything outlasts the batch.
    const KEEPS: bool = true;
    /// Whether state is cut into slices of event time.
    const SLICES: bool = false;

    /// Wraps a new state.
    fn hold<S: State>(&self, state: S, close: Close) -> Self::Held<S>;
    /// Wraps new states.
    fn hold_all<K: OwnedKey, S: State>(&self, mut states: Table<K, S>, close: Close) -> Table<K, Self::Held<S>> {
        states.map(|state| self.hold(state, close))
    }
    /// The state inside, about to be changed.
    fn touch<'h, S: State>(&self, held: &'h mut Self::Held<S>, close: Close) -> &'h mut S;
    /// Whether a slice that rests in state must be closed now.
    fn due(&self, slice: i64, close: Close) -> bool {
        let _ = (slice, close);
        false
    }
    /// What makes state of one scope useless to another: part of its fingerprint.
    fn shape(&self) -> String {
        String::new()
    }
    /// Whether states may cease to count, so that they must be swept out.
    fn expires(&self) -> bool {
        false
    }
    /// Whether a state of an earlier batch still counts.
    fn alive<S: State>(&self, held: &Self::Held<S>, close: Close) -> bool;
    /// End of the window, 0 where there is none.
    fn end_of(window: Self::Window) -> i64 {
        let _ = window;
        0
    }
    /// Brings what came in a batch for one key partition, slice by slice, into state, and emits what this close makes visible.
    /// The tables are left empty.
    fn pass<K, P, F>(
        &self,
        store: &mut StoreOf<Self, K, F::State>,
        came: &mut [(i64, Table<K, P>)],
        fold: F,
        close: Close,
        emit: impl FnMut(Self::Window, Entry<K, F::State>),
    ) where
        Self: Sized,
        K: OwnedKey,
        F: Fold<P>;
}

/// The store of an operator under scope `Sc`.
pub struct StoreOf<Sc: Scope, K, S: State>(pub(crate) Store<K, Sc::Held<S>>);

opaque_debug!([Sc: Scope, K, S: State] StoreOf<Sc, K, S>);

impl<Sc: Scope, K: OwnedKey, S: State> StoreOf<Sc, K, S> {
    /// Brings what came into the overlay.
    fn apply<P>(&mut self, scope: &Sc, came: &mut [(i64, Table<K, P>)], fold: impl Fold<P, State = S>, close: Close) {
        let fold = Holding { fold, scope, close };
        for (slice, parts) in came {
            self.0.apply(*slice, parts, &fold, |held| scope.alive(held, close));
        }
    }
}

/// A fold that also keeps what the scope must remember.
struct Holding<'s, F, Sc> {
    fold: F,
    scope: &'s Sc,
    close: Close,
}

impl<P, F: Fold<P>, Sc: Scope> Fold<P> for Holding<'_, F, Sc> {
    type State = Sc::Held<F::State>;
    #[inline]
    fn start(&self, part: P) -> Self::State {
        self.scope.hold(self.fold.start(part), self.close)
    }
    #[inline]
    fn apply(&self, held: &mut Self::State, part: P) {
        self.fold.apply(self.scope.touch(held, self.close), part);
    }
    fn start_all<K: OwnedKey>(&self, parts: &mut Table<K, P>) -> Table<K, Self::State> {
        self.scope.hold_all(self.fold.start_all(parts), self.close)
    }
}

impl<Sc: Scope, K, S: State> Default for StoreOf<Sc, K, S> {
    fn default() -> Self {
        Self(Store::default())
    }
}

/// `.batch()`: this micro-batch alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Batch;

impl Scope for Batch {
    type Window = ();
    type Held<S: State> = S;
    const KEEPS: bool = false;
    fn hold<S: State>(&self, state: S, _: Close) -> S {
        state
    }
    fn hold_all<K: OwnedKey, S: State>(&self, states: Table<K, S>, _: Close) -> Table<K, S> {
        states
    }
    fn touch<'h, S: State>(&self, held: &'h mut S, _: Close) -> &'h mut S {
        held
    }
    fn alive<S: State>(&self, _: &S, _: Close) -> bool {
        true
    }
    fn pass<K, P, F>(
        &self,
        _: &mut StoreOf<Self, K, F::State>,
        came: &mut [(i64, Table<K, P>)],
        fold: F,
        _: Close,
        mut emit: impl FnMut((), Entry<K, F::State>),
    ) where
        K: OwnedKey,
        F: Fold<P>,
    {
        for (_, parts) in came {
            for Entry { hash, key, value } in parts.drain() {
                let value = fold.start(value);
                emit((), Entry { hash, key, value });
            }
        }
    }
}

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
}

/// A state and the batch time at which it was last touched.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timed<S> {
    touched: i64,
    state: S,
}

impl Scope for Running {
    type Window = ();
    type Held<S: State> = Timed<S>;
    fn hold<S: State>(&self, state: S, close: Close) -> Timed<S> {
        Timed {
            touched: close.batch_time,
            state,
        }
    }
    fn touch<'h, S: State>(&self, held: &'h mut Timed<S>, close: Close) -> &'h mut S {
        held.touched = close.batch_time;
        &mut held.state
    }
    fn alive<S: State>(&self, held: &Timed<S>, close: Close) -> bool {
        self.ttl
            .is_none_or(|ttl| close.batch_time.saturating_sub(held.touched) < ttl)
    }
    fn expires(&self) -> bool {
        self.ttl.is_some()
    }
    fn pass<K, P, F>(
        &self,
        store: &mut StoreOf<Self, K, F::State>,
        came: &mut [(i64, Table<K, P>)],
        fold: F,
        close: Close,
        mut emit: impl FnMut((), Entry<K, F::State>),
    ) where
        K: OwnedKey,
        F: Fold<P>,
    {
        store.apply(self, came, fold, close);
        for (_, Entry { hash, key, value }) in store.0.touched() {
            let (hash, key, value) = (*hash, key.clone(), value.state.clone());
            emit((), Entry { hash, key, value });
        }
    }
}

/// `.window(tumbling(…))`.
impl Scope for Tumbling {
    type Window = Window;
    type Held<S: State> = S;
    const SLICES: bool = true;
    fn hold<S: State>(&self, state: S, _: Close) -> S {
        state
    }
    fn hold_all<K: OwnedKey, S: State>(&self, states: Table<K, S>, _: Close) -> Table<K, S> {
        states
    }
    fn touch<'h, S: State>(&self, held: &'h mut S, _: Close) -> &'h mut S {
        held
    }
    fn alive<S: State>(&self, _: &S, _: Close) -> bool {
        true
    }
    fn due(&self, start: i64, close: Close) -> bool {
        self.end(start) <= close.watermark
    }
    fn shape(&self) -> String {
        match Tumbling::shape(*self) {
            (size, 0) => format!("tumbling windows of {size} ms: "),
            (size, offset) => format!("tumbling windows of {size} ms from {offset} ms: "),
        }
    }
    fn end_of(window: Window) -> i64 {
        window.end
    }
    fn pass<K, P, F>(
        &self,
        store: &mut StoreOf<Self, K, F::State>,
        came: &mut [(i64, Table<K, P>)],
        fold: F,
        close: Close,
        mut emit: impl FnMut(Window, Entry<K, F::State>),
    ) where
        K: OwnedKey,
        F: Fold<P>,
    {
        store.apply(self, came, fold, close);
        store.0.close(
            |start| self.due(start, close),
            |start, entry| {
                let end = self.end(start);
                emit(Window { start, end }, entry);
            },
        );
    }
}
