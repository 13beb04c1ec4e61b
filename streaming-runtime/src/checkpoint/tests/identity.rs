//! A checkpoint of something else is refused, in words that help.

use super::disk::Disk;
use super::model::{append, directory, identity};
use super::*;

fn written() -> Disk {
    let disk = Disk::default();
    let mut changes = Changes::default();
    changes.put(0, append(b"key"), append(b"value")).unwrap();
    let mut journal = open(disk.clone(), directory(), identity()).unwrap().begin().unwrap();
    let delta = Delta {
        operator: 1,
        partition: 0,
        changes: changes.into_bytes(),
    };
    journal.append(1, &[delta], b"", true).unwrap();
    journal.close().unwrap();
    disk
}

fn refused(change: impl FnOnce(&mut Identity)) -> String {
    let disk = written();
    let before = disk.files();
    let mut other = identity();
    change(&mut other);
    let error = open(disk.clone(), directory(), other).unwrap_err();
    assert!(matches!(error, CheckpointError::Mismatch { .. }), "{error}");
    assert_eq!(disk.files(), before, "a checkpoint that is refused is not changed");
    error.to_string()
}

#[test]
fn another_pipeline() {
    expect_test::expect![["checkpoint does not fit: it is of pipeline `orders`, and this is `payments`; give this pipeline a checkpoint directory of its own"]]
        .assert_eq(&refused(|identity| identity.pipeline = "payments".into()));
}

#[test]
fn other_key_partitions() {
    expect_test::expect![["checkpoint does not fit: it was written with 3 key partitions, and now there are 16; set the number back, or start with a new checkpoint directory"]]
        .assert_eq(&refused(|identity| identity.key_partitions = 16));
}

#[test]
fn an_operator_that_is_gone() {
    expect_test::expect![["checkpoint does not fit: it holds state of operator `last`, which this pipeline does not have; bring the operator back, or start with a new checkpoint directory"]]
        .assert_eq(&refused(|identity| drop(identity.operators.pop())));
}

#[test]
fn an_operator_with_other_types() {
    expect_test::expect![["checkpoint does not fit: the state of operator `last` has other types: it was `u64` and is now `i64`; change the types back, or start with a new checkpoint directory"]]
        .assert_eq(&refused(|identity| identity.operators[1].fingerprint = "i64".into()));
}

#[test]
fn long_fingerprints_are_shown_where_they_differ() {
    let long = |field: &str| {
        format!(
            "struct Order {{ {}{field}: u64, {} }}",
            "a: u64, ".repeat(50),
            "z: u64, ".repeat(50)
        )
    };
    let mut operators = identity();
    operators.operators[0].fingerprint = long("price");
    let disk = Disk::default();
    drop(open(disk.clone(), directory(), operators.clone()).unwrap());
    operators.operators[0].fingerprint = long("prize");
    let error = open(disk, directory(), operators).unwrap_err().to_string();
    assert!(
        error.contains("price") && error.contains("prize") && error.len() < 400,
        "{error}"
    );
}

#[test]
fn a_new_operator_starts_empty_and_the_others_keep_their_state() {
    let disk = written();
    let mut more = identity();
    more.operators.insert(
        0,
        StateOf {
            name: "new".into(),
            fingerprint: "bool".into(),
        },
    );
    more.operators.swap(1, 2);
    let count = |opened: &Opened<Disk>, operator| {
        let mut changes = 0;
        let loaded = load(&mut Cursor::new(opened, operator, 0), &mut |_| {
            changes += 1;
            Ok(())
        });
        loaded.unwrap();
        changes
    };
    for _ in 0..2 {
        let opened = open(disk.clone(), directory(), more.clone()).unwrap();
        assert_eq!([0, 1, 2].map(|operator| count(&opened, operator)), [0, 1, 0]);
        opened.begin().unwrap().close().unwrap();
    }
    let error = open(disk, directory(), identity()).unwrap_err().to_string();
    assert!(error.contains("`new`"), "{error}");
}
