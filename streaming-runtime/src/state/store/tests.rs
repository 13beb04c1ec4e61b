use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::key::hash_of;

/// Adds, and remembers in how many batches it was touched.
struct Add;

impl Fold<i64> for Add {
    type State = (i64, u32);
    fn start(&self, part: i64) -> (i64, u32) {
        (part, 1)
    }
    fn apply(&self, state: &mut (i64, u32), part: i64) {
        state.0 += part;
        state.1 += 1;
    }
}

type Key = u8;
type State = (i64, u32);
type States = BTreeMap<(i64, Key), State>;

/// One batch: the parts that come, how far windows close, and how it ends.
#[derive(Debug, Clone)]
struct Batch {
    parts: Vec<(i64, Key, i64)>,
    close_below: i64,
    dead_from: u32,
    committed: bool,
    swept: bool,
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let part = (0i64..5, 0u8..6, -9i64..9);
    let batch = (
        prop::collection::vec(part, 0..10),
        0i64..5,
        1u32..6,
        any::<bool>(),
        any::<bool>(),
    );
    let batch = batch.prop_map(|(parts, close_below, dead_from, committed, swept)| Batch {
        parts,
        close_below,
        dead_from,
        committed,
        swept,
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
fn at_rest(store: &Store<Key, State>) -> States {
    let entries = store
        .base
        .iter()
        .flat_map(|(slice, table)| table.iter().map(|entry| (*slice, entry)));
    entries
        .map(|(slice, entry)| ((slice, entry.key), entry.value))
        .collect()
}

/// What a batch does to a plain map: what it touches, and what closes.
fn model(rest: &States, batch: &Batch) -> (States, States, Vec<(i64, Key, State)>) {
    let mut touched = States::new();
    for (slice, key, value) in &batch.parts {
        let at = (*slice, *key);
        let living = rest.get(&at).filter(|state| state.1 < batch.dead_from);
        let state = match touched.get(&at).or(living) {
            Some(before) => {
                let mut state = *before;
                Add.apply(&mut state, *value);
                state
            }
            None => Add.start(*value),
        };
        touched.insert(at, state);
    }
    let mut after = rest.clone();
    after.extend(touched.clone());
    let mut fired: Vec<_> = after
        .iter()
        .filter(|((slice, _), _)| *slice < batch.close_below)
        .map(|((slice, key), state)| (*slice, *key, *state))
        .collect();
    fired.sort_unstable();
    after.retain(|(slice, _), _| *slice >= batch.close_below);
    (touched, after, fired)
}

proptest! {
    /// However batches follow one another, and whether each is committed or given up, the store does what a map does.
    #[test]
    fn a_store_is_a_map_whose_batches_can_be_given_up(batches in batches()) {
        let mut store: Store<Key, State> = Store::default();
        let mut rest = States::new();
        for batch in batches {
            let (touched, after, expected) = model(&rest, &batch);
            for (slice, key, value) in &batch.parts {
                store.apply(*slice, &mut parts(*key, *value), &Add, |state| state.1 < batch.dead_from);
            }
            let seen: States = store.touched().map(|(slice, entry)| ((slice, entry.key), entry.value)).collect();
            prop_assert_eq!(seen, touched);

            let mut fired = Vec::new();
            store.close(|slice| slice < batch.close_below, |slice, entry| fired.push((slice, entry.key, entry.value)));
            prop_assert!(fired.is_sorted_by_key(|(slice, ..)| *slice), "the oldest slice first");
            fired.sort_unstable();
            prop_assert_eq!(fired, expected);
            prop_assert_eq!(&at_rest(&store), &rest, "nothing rests before the batch is decided");

            if batch.committed {
                store.commit();
                rest = after;
            } else {
                store.abort();
            }
            if batch.swept {
                store.sweep(true, |state| state.1 < batch.dead_from);
                rest.retain(|_, state| state.1 < batch.dead_from);
            }
            prop_assert_eq!(&at_rest(&store), &rest);
            prop_assert_eq!(store.len(), rest.len());
            prop_assert!(store.overlay.is_empty() && store.closed.is_empty());
        }
    }
}

#[test]
fn a_sweep_leaves_no_empty_slice() {
    let mut store: Store<Key, State> = Store::default();
    store.apply(3, &mut parts(1, 5), &Add, |_| true);
    store.commit();
    store.sweep(false, |_| false);
    assert!(store.base.is_empty());
}
