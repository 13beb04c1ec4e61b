use std::collections::BTreeMap;

use super::*;

type States = BTreeMap<(i64, u64), i64>;

fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap()
}

fn replace(value: &mut i64, with: i64) {
    *value = with;
}

/// Takes `changes` (slice, key, value or none) into a store, and into a map by hand.
fn refill(changes: &[(i64, u64, Option<i64>)], expected: u64) -> (States, States) {
    let mut store = Store::<u64, i64>::default();
    let mut refill = Refill::new(&mut store, expected, false);
    let mut model = States::new();
    for (slice, key, value) in changes {
        let (slice, key_bytes) = (*slice, bytes(key));
        let key = &key_bytes[..];
        if let Some(value) = value {
            let value = bytes(value);
            refill
                .take(
                    Change::Put {
                        slice,
                        key,
                        value: &value,
                    },
                    replace,
                )
                .unwrap();
        } else {
            refill.take(Change::Remove { slice, key }, replace).unwrap();
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
fn a_large_table_is_filled_by_regions_that_fit_a_cache() {
    let mut store = Store::<u64, i64>::default();
    let mut refill = Refill::new(&mut store, MANY * 9, false);
    let (key, value) = (bytes(&1u64), bytes(&2i64));
    refill
        .take(
            Change::Put {
                slice: 0,
                key: &key,
                value: &value,
            },
            replace,
        )
        .unwrap();
    let Waiting {
        regions,
        buckets,
        region,
        ..
    } = &refill.waiting;
    assert!(regions.len() > 2);
    assert_eq!(*buckets, regions.len() << region);
    assert!(size_of::<Entry<u64, i64>>() << region <= CACHED);

    let (found, model) = refill_many(MANY * 9);
    assert_eq!(found, model);
}

/// The table of 100,000 keys of a snapshot, behind which a journal puts `more`, has no more room than it needs.
#[test]
fn a_table_gets_room_for_what_is_there_and_not_for_what_is_written_again() {
    let room = |more: &[(i64, u64, Option<i64>)]| {
        let mut store = Store::<u64, i64>::default();
        let all: Vec<_> = many().chain(more.iter().copied()).collect();
        let snapshot = many().map(|put| put_of(&put).2).sum();
        let mut refill = Refill::new(&mut store, snapshot, false);
        for put in &all {
            let (key, value, _) = put_of(put);
            let (slice, key, value) = (put.0, &key[..], &value[..]);
            refill.take(Change::Put { slice, key, value }, replace).unwrap();
        }
        refill.finish();
        store.base[&0].capacity()
    };
    let alone = room(&[]);
    assert!(alone < 2 * usize::try_from(MANY).unwrap());
    assert_eq!(room(&many().collect::<Vec<_>>()), alone);
    let new: Vec<_> = many().map(|(slice, key, value)| (slice, key + 1, value)).collect();
    assert_eq!(room(&new), 2 * alone);
}

/// Key and value as bytes, and how many bytes the change takes.
fn put_of((_, key, value): &(i64, u64, Option<i64>)) -> (Vec<u8>, Vec<u8>, u64) {
    let (key, value) = (bytes(key), bytes(&value.unwrap()));
    let length = key.len() + value.len() + 3;
    (key, value, length as u64)
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
    changes.extend(many().step_by(7));
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
