use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::{Change, read_changes};
use crate::key::hash_of;
use crate::state::refill::Refill;

/// Keeps every value, in order: a revision is the whole list, or what was added.
struct Keep {
    grows: bool,
}

type Key = u8;
type List = Vec<i64>;
type States = BTreeMap<(i64, Key), List>;

impl Fold<i64> for Keep {
    type State = List;
    fn start(&self, part: i64) -> List {
        vec![part]
    }
    fn apply(&self, state: &mut List, part: i64) {
        state.push(part);
    }
    fn merge(&self, state: &mut List, other: List) {
        state.extend(other);
    }
    fn revise(&self, state: &List) -> List {
        if self.grows { List::new() } else { state.clone() }
    }
    fn settle(&self, state: &mut List, revised: List) {
        if self.grows {
            state.extend(revised);
        } else {
            *state = revised;
        }
    }
}

/// One batch: the parts that come, the keys that are removed before and after, how far windows close, and how it ends.
#[derive(Debug, Clone)]
struct Batch {
    parts: Vec<(i64, Key, i64)>,
    gone: Vec<(i64, Key)>,
    close_below: i64,
    dead_from: usize,
    committed: bool,
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let part = (0i64..5, 0u8..6, -9i64..9);
    let batch = (
        prop::collection::vec(part, 0..10),
        prop::collection::vec((0i64..5, 0u8..6), 0..3),
        0i64..5,
        1usize..6,
        any::<bool>(),
    );
    let batch = batch.prop_map(|(parts, gone, close_below, dead_from, committed)| Batch {
        parts,
        gone,
        close_below,
        dead_from,
        committed,
    });
    prop::collection::vec(batch, 1..12)
}

fn parts(key: Key, value: i64) -> Table<Key, i64> {
    let hash = hash_of(&key);
    let mut parts = Table::default();
    parts.insert_new(Entry { hash, key, value });
    parts
}

/// The store at rest, as a plain map.
fn at_rest(store: &Store<Key, List>) -> States {
    let entries = store.entries();
    entries
        .map(|(slice, entry)| ((slice, entry.key), entry.value.clone()))
        .collect()
}

/// What a batch does to a plain map: what rests after it, and what closes.
fn model(rest: &States, batch: &Batch) -> (States, Vec<(i64, Key, List)>) {
    let mut after = rest.clone();
    let mut touched = std::collections::BTreeSet::new();
    for (slice, key, value) in &batch.parts {
        let at = (*slice, *key);
        // Only what an earlier batch left can be dead.
        if touched.insert(at) && after.get(&at).is_some_and(|state| state.len() >= batch.dead_from) {
            after.remove(&at);
        }
        after.entry(at).or_default().push(*value);
    }
    for at in &batch.gone {
        after.remove(at);
    }
    let fired = after.iter().filter(|((slice, _), _)| *slice < batch.close_below);
    let mut fired: Vec<_> = fired
        .map(|((slice, key), state)| (*slice, *key, state.clone()))
        .collect();
    fired.sort_unstable();
    after.retain(|(slice, _), _| *slice >= batch.close_below);
    (after, fired)
}

fn work(store: &mut Store<Key, List>, keep: &Keep, batch: &Batch) -> Vec<(i64, Key, List)> {
    for (slice, key, value) in &batch.parts {
        let alive = |state: &List| state.len() < batch.dead_from;
        store.apply(*slice, &mut parts(*key, *value), keep, alive, |_| {});
    }
    for (slice, key) in &batch.gone {
        store.remove(*slice, hash_of(key), key);
    }
    let mut fired = Vec::new();
    store.close(
        |slice| slice < batch.close_below,
        |state, revised| keep.settle(state, revised),
        |slice, entry| fired.push((slice, entry.key, entry.value)),
    );
    assert!(fired.is_sorted_by_key(|(slice, ..)| *slice), "the oldest slice first");
    fired.sort_unstable();
    fired
}

proptest! {
    /// However batches follow one another, and whether each is committed or aborted, the store does what a map does; and what it writes
    /// down of each batch that counts makes the same store again.
    #[test]
    fn a_store_is_a_map_whose_batches_can_be_aborted(batches in batches(), grows: bool) {
        let keep = Keep { grows };
        let settle = |state: &mut List, revised: List| keep.settle(state, revised);
        let mut store = Store::default();
        let mut journal = Vec::new();
        let mut rest = States::new();
        for batch in batches {
            let (after, expected) = model(&rest, &batch);
            let fired = work(&mut store, &keep, &batch);
            prop_assert_eq!(fired, expected);
            prop_assert_eq!(&at_rest(&store), &rest, "nothing rests before the batch is decided");
            let changes = store.changes(grows, settle).unwrap().into_bytes();
            if batch.committed {
                store.commit(settle);
                journal.push(changes);
                rest = after;
            } else {
                store.abort();
            }
            prop_assert_eq!(&at_rest(&store), &rest);
            prop_assert_eq!(store.len(), rest.len());
            prop_assert!(store.overlay.is_empty() && store.dropped.is_empty() && store.removed.is_empty());
        }
        let mut again = Store::default();
        let mut refill = Refill::new(&mut again, 0, grows);
        for list in &journal {
            for change in read_changes(list) {
                refill.take(change.unwrap(), settle).unwrap();
            }
        }
        refill.finish();
        prop_assert_eq!(at_rest(&again), rest);
        prop_assert_eq!(again.len(), store.len());
    }
}

#[test]
fn what_is_added_to_a_long_list_is_all_that_is_written() {
    let keep = Keep { grows: true };
    let mut store = Store::default();
    for value in 0..100_000 {
        store.apply(0, &mut parts(1, value), &keep, |_| true, |_| {});
    }
    let settle = |state: &mut List, revised: List| keep.settle(state, revised);
    store.changes(true, settle).unwrap();
    store.commit(settle);
    store.apply(0, &mut parts(1, 7), &keep, |_| true, |_| {});
    assert!(store.changes(true, settle).unwrap().into_bytes().len() < 16);
    assert_eq!(
        store.overlay[&0].iter().map(|entry| entry.value.len()).sum::<usize>(),
        1
    );
}

/// However often something is added, what the checkpoint has of an entry is about as large as the entry.
#[test]
fn what_was_added_is_written_whole_before_it_is_more_than_the_whole() {
    let keep = Keep { grows: true };
    let settle = |state: &mut List, revised: List| keep.settle(state, revised);
    let mut store = Store::default();
    let (mut wholes, mut written) = (0, 0);
    for value in 0..1000 {
        store.apply(0, &mut parts(1, value % 50), &keep, |_| true, |_| {});
        let list = store.changes(true, settle).unwrap().into_bytes();
        written += list.len();
        wholes += read_changes(&list)
            .filter(|change| matches!(change, Ok(Change::Put { .. })))
            .count();
        store.commit(settle);
    }
    assert!((5..20).contains(&wholes), "{wholes}: each time the list has doubled");
    assert!(written < 12_000, "{written} bytes for 1,000 values");
}

#[test]
fn a_removal_leaves_no_empty_slice() {
    let keep = Keep { grows: false };
    let mut store = Store::default();
    store.apply(3, &mut parts(1, 5), &keep, |_| true, |_| {});
    store.commit(|state, revised| keep.settle(state, revised));
    store.remove(3, hash_of(&1u8), &1);
    store.commit(|state, revised| keep.settle(state, revised));
    assert!(store.base.is_empty());
}
