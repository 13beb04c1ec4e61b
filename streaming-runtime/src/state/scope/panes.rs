//! What sliding windows have put together of each key, so that the next window need not do it again.

use crate::key::OwnedKey;
use crate::state::keyed::Index;
use crate::state::table::{Entry, Table};

/// Of each key, the states of the slices of the last window that fired: two stacks, whose tops together are the whole window.
///
/// A window that follows costs what is new in it and one merge for each result, however many slices it has, and nothing has to be taken out of a
/// state (Tangwongsan et al., *General incremental sliding-window aggregation*, VLDB 2015). All of this follows from the store: where a batch is
/// aborted, or the pipeline restarts, it is made anew.
#[derive(Debug)]
pub struct Panes<K, S> {
    keys: Table<K, Stacks<S>>,
    /// The end of the last window that was put together: what is here are slices before it.
    upto: Option<i64>,
    /// Windows up to this end have fired, or had nothing in them.
    passed: Option<i64>,
    /// The same as of the last batch that was decided.
    decided: Option<i64>,
    /// Keys of which a slice changed that was here already.
    stale: Table<K, ()>,
}

impl<K, S> Default for Panes<K, S> {
    fn default() -> Self {
        Self {
            keys: Table::default(),
            upto: None,
            passed: None,
            decided: None,
            stale: Table::default(),
        }
    }
}

/// The slices of one key, in two stacks.
#[derive(Debug)]
struct Stacks<S> {
    /// The older slices, the oldest on top: each with all that follow it here.
    front: Vec<(i64, S)>,
    /// The newer slices, each by itself.
    back: Vec<(i64, S)>,
    /// All of `back`.
    rest: Option<S>,
}

impl<S> Default for Stacks<S> {
    fn default() -> Self {
        Self {
            front: Vec::new(),
            back: Vec::new(),
            rest: None,
        }
    }
}

impl<S: Clone> Stacks<S> {
    /// Adds a slice that comes after all others.
    fn push(&mut self, slice: i64, state: S, merge: impl Fn(&mut S, S)) {
        match &mut self.rest {
            Some(rest) => merge(rest, state.clone()),
            None => self.rest = Some(state.clone()),
        }
        self.back.push((slice, state));
    }

    /// Removes the slices before this one.
    fn evict(&mut self, first: i64, merge: impl Fn(&mut S, S)) {
        while self.front.last().is_some_and(|(slice, _)| *slice < first) {
            self.front.pop();
        }
        let gone = self.back.partition_point(|(slice, _)| *slice < first);
        if gone == 0 {
            return;
        }
        // The front is used up: what is left of the back becomes the front.
        self.rest = None;
        for (slice, mut state) in self.back.drain(..).skip(gone).rev() {
            if let Some((_, later)) = self.front.last() {
                merge(&mut state, later.clone());
            }
            self.front.push((slice, state));
        }
    }

    /// All slices as one.
    fn whole(&self, merge: impl Fn(&mut S, S)) -> Option<S> {
        let front = self.front.last().map(|(_, state)| state.clone());
        match (front, &self.rest) {
            (Some(mut whole), Some(rest)) => {
                merge(&mut whole, rest.clone());
                Some(whole)
            }
            (front, rest) => front.or_else(|| rest.clone()),
        }
    }
}

impl<K: OwnedKey, S: Clone> Panes<K, S> {
    /// Up to which end windows had fired before the open batch; unknown after a restart.
    pub(super) fn fired(&self) -> Option<i64> {
        self.decided
    }

    /// A slice of a key changed: if it is here, the key's stacks are made anew.
    pub(super) fn touch(&mut self, slice: i64, hash: u64, key: &K) {
        if self.upto.is_some_and(|upto| slice < upto) {
            self.keys.remove(hash, key);
            let (key, value) = (key.clone(), ());
            self.stale.put(Entry { hash, key, value });
        }
    }

    /// Which slices are to be [added](Self::add) for the window, of all keys; those before them are here.
    pub(super) fn missing(&self, first: i64) -> i64 {
        self.upto.map_or(first, |upto| upto.max(first))
    }

    /// The keys of which all slices before [`missing`](Self::missing) are to be added first.
    pub(super) fn take_stale(&mut self) -> Vec<(u64, K)> {
        let mut stale = std::mem::take(&mut self.stale);
        stale.drain().map(|entry| (entry.hash, entry.key)).collect()
    }

    /// Nothing rests in the store.
    pub(super) fn clear(&mut self) {
        self.keys = Table::default();
        self.stale = Table::default();
        self.upto = None;
    }

    /// Adds a slice of a key, the slices of a key in order.
    pub(super) fn add(&mut self, slice: i64, entry: Entry<K, S>, merge: impl Fn(&mut S, S)) {
        let Entry { hash, key, value } = entry;
        self.keys.of(hash, key).push(slice, value, merge);
    }

    /// Fires a window all of whose slices have been added.
    pub(super) fn fire(&mut self, first: i64, end: i64, merge: impl Fn(&mut S, S), mut emit: impl FnMut(Entry<K, S>)) {
        self.keys.retain(|entry| {
            entry.value.evict(first, &merge);
            let whole = entry.value.whole(&merge);
            let left = whole.is_some();
            if let Some(value) = whole {
                let (hash, key) = (entry.hash, entry.key.clone());
                emit(Entry { hash, key, value });
            }
            left
        });
        self.keys.trim();
        self.upto = Some(end);
    }

    /// Windows that end here or before have fired, whether there was anything in them or not.
    pub(super) fn pass(&mut self, end: i64) {
        self.passed = Some(end);
    }
}

impl<K: Send, S: Send> Index for Panes<K, S> {
    fn commit(&mut self) {
        self.decided = self.passed;
    }
    fn abort(&mut self) {
        let decided = self.decided;
        *self = Self {
            decided,
            ..Self::default()
        };
    }
}
