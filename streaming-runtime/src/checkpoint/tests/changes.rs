//! The encoding of changes.

use proptest::prelude::*;

use super::model::append;
use super::{Change, Changes, Malformed, read};

#[derive(Debug, Clone)]
enum Made {
    Put(i64, Vec<u8>, Vec<u8>),
    Extend(i64, Vec<u8>, Vec<u8>),
    Remove(i64, Vec<u8>),
    Drop(i64),
}

impl Made {
    fn write(&self, changes: &mut Changes) {
        match self {
            Self::Put(slice, key, value) => changes.put(*slice, append(key), append(value)).unwrap(),
            Self::Extend(slice, key, addition) => changes.extend(*slice, append(key), append(addition)).unwrap(),
            Self::Remove(slice, key) => changes.remove(*slice, append(key)).unwrap(),
            Self::Drop(slice) => changes.drop_slice(*slice),
        }
    }

    fn change(&self) -> Change<'_> {
        match self {
            Self::Put(slice, key, value) => Change::Put {
                slice: *slice,
                key,
                value,
            },
            Self::Extend(slice, key, addition) => Change::Extend {
                slice: *slice,
                key,
                addition,
            },
            Self::Remove(slice, key) => Change::Remove { slice: *slice, key },
            Self::Drop(slice) => Change::Drop { slice: *slice },
        }
    }
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let slice = || prop_oneof![Just(0), Just(i64::MIN), Just(i64::MAX), -3..3i64, any::<i64>()];
    let block = || {
        prop_oneof![
            9 => prop::collection::vec(any::<u8>(), 0..20),
            1 => (100..20_000usize).prop_map(|length| vec![9; length]),
        ]
    };
    let one = prop_oneof![
        (slice(), block(), block()).prop_map(|(slice, key, value)| Made::Put(slice, key, value)),
        (slice(), block(), block()).prop_map(|(slice, key, addition)| Made::Extend(slice, key, addition)),
        (slice(), block()).prop_map(|(slice, key)| Made::Remove(slice, key)),
        slice().prop_map(Made::Drop),
    ];
    prop::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn what_is_written_is_read(made in made()) {
        let mut changes = Changes::default();
        for one in &made {
            one.write(&mut changes);
        }
        let bytes = changes.into_bytes();
        let found: Vec<_> = read(&bytes).collect();
        let expected: Vec<_> = made.iter().map(|one| Ok(one.change())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(0..6u8, 0..60)) {
        let found: Vec<_> = read(&bytes).collect();
        prop_assert!(found.iter().rev().skip(1).all(Result::is_ok));
        prop_assert!(found.len() <= bytes.len());
    }

    #[test]
    fn a_list_that_is_cut_is_read_in_part(made in made(), cut in any::<prop::sample::Index>()) {
        let mut changes = Changes::default();
        for one in &made {
            one.write(&mut changes);
        }
        let bytes = changes.into_bytes();
        let found: Vec<_> = read(&bytes[..cut.index(bytes.len() + 1)]).collect();
        for (found, one) in found.iter().zip(&made) {
            prop_assert!(*found == Ok(one.change()) || found.is_err());
        }
    }
}

#[test]
fn the_bytes_are_these() {
    let mut changes = Changes::default();
    changes.put(-1, append(b"k"), append(&[7; 200])).unwrap();
    changes.remove(-1, append(b"k")).unwrap();
    changes.drop_slice(64);
    let mut expected = vec![1, 1, 2, 1, b'k', 0xc8, 1];
    expected.extend([7; 200]);
    expected.extend([3, 1, b'k', 1, 0x80, 1, 4]);
    assert_eq!(changes.into_bytes(), expected);
}

#[test]
fn a_change_that_fails_leaves_nothing() {
    let mut changes = Changes::default();
    changes.remove(3, append(b"k")).unwrap();
    let fails = |bytes: &mut Vec<u8>| {
        bytes.extend([1, 2, 3]);
        Err("no")
    };
    assert_eq!(changes.put(9, |_| Ok(()), fails), Err("no"));
    assert_eq!(changes.remove(9, fails), Err("no"));
    changes.drop_slice(9);
    changes.drop_slice(3);
    let bytes = changes.into_bytes();
    let found: Vec<_> = read(&bytes).map(Result::unwrap).collect();
    let remove = Change::Remove { slice: 3, key: b"k" };
    assert_eq!(found, [remove, Change::Drop { slice: 9 }, Change::Drop { slice: 3 }]);
}

#[test]
fn lengths_that_are_too_long_are_malformed() {
    let huge = [1, 0, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let longer = [1, 0, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
    for bytes in [&huge[..], &longer, &[2, 0, 0], &[1, 0, 9], &[1, 0]] {
        assert_eq!(
            read(bytes).collect::<Vec<_>>(),
            [Err(Malformed { offset: 0 })],
            "{bytes:?}"
        );
    }
}
