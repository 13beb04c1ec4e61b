//! Scopes: what becomes of keyed state when a batch closes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{State, Store};
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

    /// Wraps a new state.
    fn hold<S: State>(&self, state: S, close: Close) -> Self::Held<S>;
    /// The state inside, about to be changed.
    fn touch<'h, S: State>(&self, held: &'h mut Self::Held<S>, close: Close) -> &'h mut S;
    /// Whether a slice that rests in state must be closed now.
    fn due(&self, slice: i64, close: Close) -> bool {
        let _ = (slice, close);
        false
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
    /// Emits what this close makes visible: hash of the key, key, window and state.
    fn settle<K: OwnedKey, S: State>(
        &self,
        store: &mut StoreOf<Self, K, S>,
        close: Close,
        emit: impl FnMut(u64, K, Self::Window, S),
    ) where
        Self: Sized;
}

/// The store of an operator under scope `Sc`.
pub struct StoreOf<Sc: Scope, K, S: State>(pub(crate) Store<K, Sc::Held<S>>);

opaque_debug!([Sc: Scope, K, S: State] StoreOf<Sc, K, S>);

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
    fn hold<S: State>(&self, state: S, _: Close) -> S {
        state
    }
    fn touch<'h, S: State>(&self, held: &'h mut S, _: Close) -> &'h mut S {
        held
    }
    fn alive<S: State>(&self, _: &S, _: Close) -> bool {
        true
    }
    fn settle<K: OwnedKey, S: State>(
        &self,
        store: &mut StoreOf<Self, K, S>,
        _: Close,
        mut emit: impl FnMut(u64, K, (), S),
    ) {
        for (_, entry) in store.0.take_touched() {
            emit(entry.hash, entry.key, (), entry.value);
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
    fn settle<K: OwnedKey, S: State>(
        &self,
        store: &mut StoreOf<Self, K, S>,
        _: Close,
        mut emit: impl FnMut(u64, K, (), S),
    ) {
        for (_, entry) in store.0.touched() {
            emit(entry.hash, entry.key.clone(), (), entry.value.state.clone());
        }
    }
}

/// `.window(tumbling(…))`.
impl Scope for Tumbling {
    type Window = Window;
    type Held<S: State> = S;
    fn hold<S: State>(&self, state: S, _: Close) -> S {
        state
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
    fn end_of(window: Window) -> i64 {
        window.end
    }
    fn settle<K: OwnedKey, S: State>(
        &self,
        store: &mut StoreOf<Self, K, S>,
        close: Close,
        mut emit: impl FnMut(u64, K, Window, S),
    ) {
        store.0.close(
            |start| self.end(start) <= close.watermark,
            |start, entry| {
                let end = self.end(start);
                emit(entry.hash, entry.key, Window { start, end }, entry.value);
            },
        );
    }
}
