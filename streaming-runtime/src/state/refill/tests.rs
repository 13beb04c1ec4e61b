use std::collections::BTreeMap;

use super::*;

type States = BTreeMap<(i64, u64), i64>;

fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap()
}

/// Takes `changes` (slice, key, value or none) into a store, and into a map by hand.
fn refill(changes: &[(i64, u64, Option<i64>)], expected: u64) -> (States, States) {
    let mut store = Store::<u64, i64>::default();
    let mut refill = Refill::new(&mut store, expected);
    let mut model = States::new();
    for (slice, key, value) in changes {
        let (slice, key_bytes) = (*slice, bytes(key));
        let key = &key_bytes[..];
        if let Some(value) = value {
            let value = bytes(value);
            refill
                .take(Change::Put {
                    slice,
                    key,
                    value: &value,
                })
                .unwrap();
        } else {
            refill.take(Change::Remove { slice, key }).unwrap();
        }
        let at = (slice, postcard::from_bytes(key).unwrap());
        match value {
            Some(value) => drop(model.insert(at, *value)),
            None => drop(model.remove(&at)),
        }
    }
    refill.finish();
    let tables = store.base.iter();
    let found = tables.flat_map(|(slice, table)| table.iter().map(|entry| ((*slice, entry.key), entry.value)));
    let found = found.collect::<Vec<_>>();
    let states: States = found.iter().copied().collect();
    assert_eq!(states.len(), found.len(), "no key is there twice");
    (states, model)
}

const MANY: u64 = 100_000;

fn many() -> impl Iterator<Item = (i64, u64, Option<i64>)> {
    (0..MANY).map(|key| (0, key * 7, Some(key.cast_signed())))
}

#[test]
fn a_large_table_is_filled_by_regions() {
    let mut store = Store::<u64, i64>::default();
    let mut refill = Refill::new(&mut store, MANY * 9);
    let (key, value) = (bytes(&1u64), bytes(&2i64));
    refill
        .take(Change::Put {
            slice: 0,
            key: &key,
            value: &value,
        })
        .unwrap();
    let waiting = refill.waiting.as_ref().expect("the table is larger than the caches");
    assert!(waiting.regions.len() > 2);
    assert_eq!(waiting.buckets, waiting.regions.len() << waiting.region);

    let (found, model) = refill_many(MANY * 9);
    assert_eq!(found, model);
}

fn refill_many(expected: u64) -> (States, States) {
    refill(&many().collect::<Vec<_>>(), expected)
}

#[test]
fn a_wrong_guess_of_the_size_is_none_of_the_content() {
    for expected in [0, 1, MANY, MANY * 100] {
        let (found, model) = refill_many(expected);
        assert_eq!(found, model, "expected {expected} bytes");
    }
}

#[test]
fn later_changes_of_a_key_count() {
    let mut changes: Vec<_> = many().collect();
    changes.extend(
        many()
            .step_by(3)
            .map(|(slice, key, value)| (slice, key, value.map(|value| -value))),
    );
    changes.extend(many().step_by(5).map(|(slice, key, _)| (slice, key, None)));
    changes.extend(many().step_by(10));
    changes.push((4, 1, Some(1)));
    let (found, model) = refill(&changes, MANY * 9);
    assert_eq!(found, model);
}

#[test]
fn other_slices_may_come_between() {
    let changes: Vec<_> = many()
        .map(|(_, key, value)| ((key % 3).cast_signed(), key, value))
        .collect();
    let (found, model) = refill(&changes, MANY * 9);
    assert_eq!(found, model);
}
