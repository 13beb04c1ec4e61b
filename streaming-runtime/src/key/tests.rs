use std::fmt::Debug;

use proptest::prelude::*;

use super::*;
use crate::state::partition::partition_of;

/// State is persistent by key partition, and so are the topics that carry keys between processes: a key that hashes
/// otherwise than yesterday does not find its state. When this test fails, the hash must be put back, not the test.
#[test]
fn hashes_never_change() {
    let hashes = [
        ("0u8", hash_of(&0u8)),
        ("1u32", hash_of(&1u32)),
        ("1u64", hash_of(&1u64)),
        ("-1i64", hash_of(&-1i64)),
        ("u64::MAX", hash_of(&u64::MAX)),
        ("1i128", hash_of(&1i128)),
        ("true", hash_of(&true)),
        ("'x'", hash_of(&'x')),
        ("()", hash_of(&())),
        ("\"\"", hash_of("")),
        ("\"user-1\"", hash_of("user-1")),
        (
            "long text",
            hash_of("a text that is longer than one block of the hash function, by far"),
        ),
        ("bytes", hash_of(b"user-1".as_slice())),
        ("[u16; 2]", hash_of(&[1u16, 2])),
        ("(u64, &str)", hash_of(&(7u64, "user-1"))),
        ("Some(1u64)", hash_of(&Some(1u64))),
        ("None", hash_of(&None::<u64>)),
    ];
    let text = hashes.map(|(name, hash)| format!("{name} {hash:016x} {}", partition_of(hash, 64)));
    expect_test::expect![[r#"
        0u8 679205c544a48f22 5
        1u32 a7265b0c9e273e46 12
        1u64 a7265b0c9e273e46 12
        -1i64 671a783552a46f2a 53
        u64::MAX 671a783552a46f2a 53
        1i128 a7265b0c9e273e46 12
        true a7265b0c9e273e46 12
        'x' 1de1121aaf23a2b8 26
        () 082eff763cbb16f7 54
        "" 1d1e8619d205a36a 25
        "user-1" d85790814840ff45 1
        long text d12090386d1b741e 56
        bytes bc72442495f9a721 36
        [u16; 2] 0143031a1173d9c6 26
        (u64, &str) 65d0aa4a6f5b187c 10
        Some(1u64) 9ef75c975aec1770 23
        None 679205c544a48f22 5"#]]
    .assert_eq(&text.join("\n"));
}

/// Looked up borrowed, found owned: both forms must hash alike and be equal.
fn same<K: Key + Clone>(key: &K)
where
    K::Owned: Key<Owned = K::Owned> + PartialEq + Debug,
{
    let owned = key.to_key();
    assert_eq!(hash_of(key), hash_of(&owned));
    assert_eq!(hash_of(&key), hash_of(&owned));
    assert!(key.is(&owned) && owned.is(&owned) && key.is(&owned));
    assert_eq!(key.clone().into_key(), owned);
    assert_eq!(owned.to_key(), owned);
}

proptest! {
    #[test]
    fn borrowed_and_owned_are_one_key(text: String, bytes: Vec<u8>, number: i64, maybe: Option<String>) {
        same(&text.as_str());
        same(&text);
        same(&bytes.as_slice());
        same(&maybe.as_deref());
        same(&(text.as_str(), number));
        same(&(number, text.as_str(), bytes.as_slice(), 'c', true, ()));
        same(&[text.as_str(), "other"]);
        same(&vec![Some(text.as_str()), None]);
    }

    #[test]
    fn different_keys_are_not_taken_for_each_other(a: (String, u8), b: (String, u8)) {
        prop_assert_eq!((a.0.as_str(), a.1).is(&b), a == b);
        prop_assert_eq!(a.0.as_bytes().is(&b.0.as_bytes().to_vec()), a.0 == b.0);
        prop_assert_eq!([a.1].is(&[b.1]), a.1 == b.1);
        prop_assert_eq!(Some(a.1).is(&None), false);
        prop_assert_eq!(Some(a.1).is(&Some(b.1)), a.1 == b.1);
    }

    #[test]
    fn every_hash_has_a_partition(hash: u64, power in 0u32..=12) {
        let partitions = 1usize << power;
        prop_assert!(partition_of(hash, partitions) < partitions);
    }
}

#[test]
fn keys_spread_over_all_partitions() {
    let mut hits = [0u32; 64];
    for n in 0..64_000u64 {
        hits[partition_of(hash_of(&n), 64)] += 1;
    }
    let expected = 800..1200;
    assert!(hits.iter().all(|n| expected.contains(n)), "{hits:?}");
}

#[test]
fn a_key_that_is_hashed_once_is_the_same_key() {
    let name = "ann".to_owned();
    let key = Hashed::new(name.as_str());
    assert_eq!(
        Key::hashed(&&key),
        hash_of(&name),
        "the hash is the one of the owned key"
    );
    assert!(Key::is(&&key, &name) && !key.is(&"bob".to_owned()));
    assert_eq!(
        (key.to_key(), (&key).into_key(), key.into_key()),
        (name.clone(), name.clone(), name)
    );
}
