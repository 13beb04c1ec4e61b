//! A checkpoint of something else is refused, in words that help.

use super::disk::Disk;
use super::model::{U64, append, directory, identity, operator};
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
    expect_test::expect!["checkpoint does not fit: it is of pipeline `orders`, and this is `payments`; give this pipeline a checkpoint directory of its own, or its old name with `.name(…)`"]
        .assert_eq(&refused(|identity| identity.pipeline = "payments".into()));
}

#[test]
fn an_operator_that_is_gone() {
    expect_test::expect![[r#"checkpoint does not fit: it holds state of operator `last`, which this pipeline does not have; if it has another name now, write `#[was = "last"]` before its `let`; if it is gone for good, have the program before close its windows with `.drained(true)`, or drop what it holds with `.forget("last")`"#]].assert_eq(&refused(|identity| drop(identity.operators.pop())));
}

#[test]
fn an_operator_that_computes_something_else() {
    expect_test::expect![[r#"checkpoint does not fit: the state of `last` was `fold` and is `reduce`; change it back, or have the program before close its windows with `.drained(true)` and start this one then, or give the operator's `let` a `#[reset = "why"]`, which begins its state anew"#]].assert_eq(&refused(|identity| {
        let state = identity.operators[1].of.state.as_mut().unwrap();
        state.parts[0].call = "reduce".into();
    }));
}

#[test]
fn an_operator_over_something_else() {
    expect_test::expect![[r#"checkpoint does not fit: `last` was over everything so far and is now over tumbling windows of 5min; change it back, or have the program before close its windows with `.drained(true)` and start this one then, or give the operator's `let` a `#[reset = "why"]`, which begins its state anew"#]].assert_eq(&refused(|identity| {
        let state = identity.operators[1].of.state.as_mut().unwrap();
        state.scope = "tumbling windows of 5min".into();
    }));
}

#[test]
fn an_operator_with_other_keys() {
    expect_test::expect![[r#"checkpoint does not fit: the key of `last` has changed: it was `String` and is `(String, u64)`; change it back, or have the program before close its windows with `.drained(true)` and start this one then, or give the operator's `let` a `#[reset = "why"]`, which begins its state anew"#]].assert_eq(&refused(|identity| {
        let state = identity.operators[1].of.state.as_mut().unwrap();
        state.key = r#"[{"TUPLE":["STR","U64"]},{}]"#.into();
    }));
}

#[test]
fn a_name_that_was_and_is() {
    expect_test::expect!["checkpoint does not fit: `sums` was `count`, and it was `last`, and the checkpoint holds both; take one `#[was]` away, and bring the other operator back"].assert_eq(&refused(|identity| {
        let mut renamed = operator("sums", U64);
        renamed.was = vec!["count".into(), "last".into()];
        identity.operators = vec![renamed];
    }));
}

#[test]
fn a_new_operator_starts_empty_and_the_others_keep_their_state() {
    let disk = written();
    let mut more = identity();
    more.operators.insert(0, operator("new", r#"["BOOL",{}]"#));
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
    // It holds nothing: the pipeline may be without it again.
    let mut opened = open(disk.clone(), directory(), identity()).unwrap();
    opened.convert().unwrap();
    assert_eq!([0, 1].map(|operator| count(&opened, operator)), [0, 1]);
    opened.begin().unwrap().close().unwrap();
    let opened = open(disk, directory(), identity()).unwrap();
    assert_eq!([0, 1].map(|operator| count(&opened, operator)), [0, 1]);
    assert!(opened.notes().is_empty());
}
