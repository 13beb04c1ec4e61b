use std::sync::{Arc, Mutex};

use super::{Closing, Failure, run_task};
use crate::key::OwnedKey;
use crate::outlet::Outlet;
use crate::progress::Counts;
use crate::state::exchange::{Combine, Exchange};
use crate::state::fold::{FoldWith, Same};
use crate::state::scope::{Close, Scope, StoreOf};
use crate::state::table::{Entry, Table};
use crate::state::{Fold, Part, State};
use crate::task::{Order, Tag, Task};

/// The far side of an exchange: merges parts into state and runs a fused loop over what the close makes visible.
pub struct KeyedStage<K, P, C, W, Sc: Scope, S: State, O, F> {
    exchange: Arc<Exchange<K, P, C>>,
    scope: Sc,
    with: W,
    outlets: O,
    body: F,
    stores: Vec<Mutex<StoreOf<Sc, K, S>>>,
}

opaque_debug!([K, P, C, W, Sc: Scope, S: State, O, F] KeyedStage<K, P, C, W, Sc, S, O, F>);

/// Finds the [`Fold`] of a stage: the combine of its exchange, or a function of the user's.
pub trait With<P, C>: Send + Sync {
    /// What rests in state.
    type State: State;
    /// Whether all parts of a key must be together before they are folded.
    const TOGETHER: bool;
    /// The fold.
    fn fold<'f>(&'f self, combine: &'f C) -> impl Fold<P, State = Self::State> + 'f;
}

/// The parts are the state: `agg`, `reduce`, `count`, `sum`.
#[derive(Debug, Clone, Copy)]
pub struct Parts;

impl<P: State, C: Combine<P>> With<P, C> for Parts {
    type State = P;
    const TOGETHER: bool = false;
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
    const TOGETHER: bool = true;
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
}

/// `.fold(init, f)` behind this exchange; the exchange fixes the type of the record.
pub fn fold_with<K, T, C, S, I, F>(_: &Exchange<K, Vec<(Order, T)>, C>, init: I, f: F) -> FoldWith<I, F>
where
    I: Fn() -> S,
    F: Fn(S, T) -> S,
{
    FoldWith { init, f }
}

impl<K, P, C, W, Sc, O, F> KeyedStage<K, P, C, W, Sc, W::State, O, F>
where
    K: OwnedKey,
    P: Send,
    C: Combine<P>,
    W: With<P, C>,
    Sc: Scope,
    O: Outlet,
    F: Fn(K, Sc::Window, W::State, &mut Task, &mut O::Local) + Send + Sync,
{
    /// A stage behind `exchange`.
    pub fn new(exchange: &Arc<Exchange<K, P, C>>, scope: Sc, with: W, outlets: O, body: F) -> Self {
        Self {
            exchange: Arc::clone(exchange),
            scope,
            with,
            outlets,
            body,
            stores: Vec::new(),
        }
    }

    /// Cuts the state into key partitions, once, before the first batch.
    pub(crate) fn prepare(&mut self, key_partitions: usize) {
        self.stores = (0..key_partitions).map(|_| Mutex::default()).collect();
    }

    /// Merges what came over the exchange and runs the loop over what becomes visible.
    pub(crate) fn close(&self, closing: &Closing<'_>) -> Result<Counts, Failure> {
        let close = Close {
            watermark: self.exchange.watermark(),
            batch_time: closing.batch_time,
        };
        let locals = self.exchange.take();
        let cut = closing.workers.map(locals, |local| local.split(closing.key_partitions));
        let tasks: Vec<(usize, Vec<Vec<Part<K, P>>>)> =
            transpose(cut, closing.key_partitions).into_iter().enumerate().collect();
        let results = closing.workers.map(tasks, |(partition, parts)| {
            self.partition(closing, close, partition, parts)
        });
        let mut counts = Counts::new(closing.operators);
        for result in results {
            counts.add(&result?);
        }
        Ok(counts)
    }

    fn partition(
        &self,
        closing: &Closing<'_>,
        close: Close,
        partition: usize,
        parts: Vec<Vec<Part<K, P>>>,
    ) -> Result<Counts, Failure> {
        let mut store = self.stores[partition].lock().expect("no panic while locked");
        let tag = Tag {
            partition: u32::try_from(partition).unwrap_or(u32::MAX),
            chunk: closing.batch,
        };
        let mut local = self.outlets.open();
        let counts = run_task(Task::new(closing.batch, tag, closing.operators), |task| {
            let fold = Held {
                fold: self.with.fold(self.exchange.combine()),
                scope: &self.scope,
                close,
            };
            let parts = if W::TOGETHER {
                vec![together(parts, self.exchange.combine())]
            } else {
                parts
            };
            for part in parts.into_iter().flatten() {
                store.0.apply(part, &fold, |held| self.scope.alive(held, close));
            }
            self.scope.settle(&mut store, close, |key, window, state| {
                (self.body)(key, window, state, task, &mut local)
            });
        });
        self.outlets.end_chunk(&mut local, tag);
        self.outlets.give_back(local);
        counts
    }

    pub(crate) fn commit(&self, close: Close) {
        for store in &self.stores {
            let mut store = store.lock().expect("no panic while locked");
            store.0.commit();
            let _ = close;
        }
    }

    pub(crate) fn abort(&self) {
        self.exchange.discard();
        self.outlets.discard();
        for store in &self.stores {
            store.lock().expect("no panic while locked").0.abort();
        }
    }

    pub(crate) fn state_rows(&self) -> u64 {
        self.stores
            .iter()
            .map(|store| store.lock().expect("no panic while locked").0.len() as u64)
            .sum()
    }
}

/// A fold that also keeps what the scope must remember.
struct Held<'s, W, Sc> {
    fold: W,
    scope: &'s Sc,
    close: Close,
}

impl<P, W: Fold<P>, Sc: Scope> Fold<P> for Held<'_, W, Sc> {
    type State = Sc::Held<W::State>;
    #[inline]
    fn start(&self, part: P) -> Self::State {
        self.scope.hold(self.fold.start(part), self.close)
    }
    #[inline]
    fn apply(&self, held: &mut Self::State, part: P) {
        self.fold.apply(self.scope.touch(held, self.close), part);
    }
}

/// One list of parts a key partition, from one list of key partitions a worker.
fn transpose<T>(by_worker: Vec<Vec<Vec<T>>>, partitions: usize) -> Vec<Vec<Vec<T>>> {
    let mut by_partition: Vec<Vec<Vec<T>>> = (0..partitions).map(|_| Vec::new()).collect();
    for worker in by_worker {
        for (partition, parts) in worker.into_iter().enumerate() {
            if !parts.is_empty() {
                by_partition[partition].push(parts);
            }
        }
    }
    by_partition
}

/// Combines the parts of all workers first, so that each key comes once.
fn together<K: OwnedKey, P, C: Combine<P>>(parts: Vec<Vec<Part<K, P>>>, combine: &C) -> Vec<Part<K, P>> {
    let mut slices: std::collections::BTreeMap<i64, Table<K, P>> = std::collections::BTreeMap::new();
    for Part {
        slice,
        entry: Entry { hash, key, value },
    } in parts.into_iter().flatten()
    {
        let table = slices.entry(slice).or_default();
        match table.get_mut(hash, &key) {
            Some(into) => combine.combine(into, value),
            None => table.insert_new(Entry { hash, key, value }),
        }
    }
    slices
        .into_iter()
        .flat_map(|(slice, mut table)| table.drain().map(|entry| Part { slice, entry }).collect::<Vec<_>>())
        .collect()
}
