//! What is written comes back.

use std::collections::BTreeMap;

use super::disk::Disk;
use super::model::{append, directory, identity};
use super::*;

fn begin(disk: &Disk) -> Journal<Disk> {
    open(disk.clone(), directory(), identity()).unwrap().begin().unwrap()
}

fn put(key: &str, value: &str) -> Vec<Delta> {
    let mut changes = Changes::default();
    changes
        .put(7, append(key.as_bytes()), append(value.as_bytes()))
        .unwrap();
    vec![Delta {
        operator: 0,
        partition: 2,
        changes: changes.into_bytes(),
    }]
}

fn state<F: Filesystem>(opened: &Opened<F>) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string());
    let taken = load(&mut Cursor::new(opened, 0, 2), &mut |change| {
        if let Change::Put { slice: 7, key, value } = change {
            state.insert(text(key)?, text(value)?);
        }
        Ok(())
    });
    taken.unwrap();
    state
}

/// What the engine does with them from several threads.
fn shared_between_threads<T: Send + Sync>() {}

fn moved_to_another_thread<T: Send>() {}

#[test]
fn a_checkpoint_is_loaded_from_several_threads() {
    shared_between_threads::<Opened<Real>>();
    shared_between_threads::<CheckpointError>();
    moved_to_another_thread::<Journal<Real>>();
}

#[test]
fn a_new_checkpoint_is_empty_and_keeps_its_id() {
    let disk = Disk::default();
    let opened = open(disk.clone(), directory(), identity()).unwrap();
    assert_eq!(opened.last(), None);
    assert!(state(&opened).is_empty());
    let id = opened.id().to_string();
    assert_eq!(id.len(), 32);
    drop(opened);
    let opened = open(disk.clone(), directory(), identity()).unwrap();
    assert_eq!(opened.id(), id);
    assert_ne!(open(Disk::default(), directory(), identity()).unwrap().id(), id);
}

#[test]
fn a_batch_comes_back_with_its_metadata_and_whether_it_is_done() {
    let disk = Disk::default();
    let mut journal = begin(&disk);
    journal.append(1, &put("a", "1"), b"one", true).unwrap();
    journal.done(1).unwrap();
    journal.append(2, &put("b", "2"), b"two", true).unwrap();
    drop(journal);
    let opened = open(disk.clone(), directory(), identity()).unwrap();
    let two = Last {
        batch: 2,
        meta: b"two".to_vec(),
        done: false,
    };
    assert_eq!(opened.last(), Some(&two));
    assert_eq!(
        state(&opened),
        BTreeMap::from([("a".into(), "1".into()), ("b".into(), "2".into())])
    );
    let mut journal = opened.begin().unwrap();
    journal.done(2).unwrap();
    journal.close().unwrap();
    let opened = open(disk, directory(), identity()).unwrap();
    assert_eq!(opened.last(), Some(&Last { done: true, ..two }));
}

#[test]
fn batches_may_start_at_any_number() {
    for first in [0, 1, 77] {
        let disk = Disk::default();
        let mut journal = begin(&disk);
        journal.append(first, &put("a", "1"), b"", true).unwrap();
        journal.undo(first).unwrap();
        journal.append(first, &put("a", "2"), b"", true).unwrap();
        journal.done(first).unwrap();
        journal.append(first + 1, &[], b"", true).unwrap();
        drop(journal);
        let opened = open(disk, directory(), identity()).unwrap();
        assert_eq!(opened.last().unwrap().batch, first + 1);
        assert_eq!(state(&opened)["a"], "2");
    }
}

#[test]
fn an_undone_batch_never_happened() {
    let disk = Disk::default();
    let mut journal = begin(&disk);
    journal.append(1, &put("a", "1"), b"one", true).unwrap();
    journal.done(1).unwrap();
    journal.append(2, &put("a", "2"), b"two", true).unwrap();
    drop(journal);
    let mut opened = open(disk.clone(), directory(), identity()).unwrap();
    opened.undo().unwrap();
    let one = Last {
        batch: 1,
        meta: b"one".to_vec(),
        done: true,
    };
    assert_eq!(opened.last(), Some(&one));
    assert_eq!(state(&opened)["a"], "1");
    assert!(matches!(opened.undo(), Err(CheckpointError::Mismatch { .. })));
    let mut journal = opened.begin().unwrap();
    journal.append(2, &put("a", "again"), b"", true).unwrap();
    journal.undo(2).unwrap();
    drop(journal);
    let opened = open(disk.clone(), directory(), identity()).unwrap();
    assert_eq!(opened.last().unwrap().batch, 1);
    assert_eq!(state(&opened)["a"], "1");
}

#[test]
fn the_first_batch_can_be_undone() {
    let disk = Disk::default();
    let mut journal = begin(&disk);
    journal.append(1, &put("a", "1"), b"one", true).unwrap();
    drop(journal);
    let mut opened = open(disk.clone(), directory(), identity()).unwrap();
    opened.undo().unwrap();
    assert_eq!(opened.last(), None);
    assert!(state(&opened).is_empty());
    opened.begin().unwrap().close().unwrap();
    assert_eq!(open(disk, directory(), identity()).unwrap().last(), None);
}

#[test]
fn a_batch_behind_a_snapshot_can_be_undone() {
    let disk = Disk::default();
    let mut journal = open(disk.clone(), directory(), identity())
        .unwrap()
        .compact_at(0)
        .begin()
        .unwrap();
    journal.append(1, &put("a", "1"), b"one", true).unwrap();
    journal.done(1).unwrap();
    journal.append(2, &put("a", "2"), b"two", true).unwrap();
    journal.settle().unwrap();
    drop(journal);
    assert!(disk.files().keys().any(|name| name.starts_with("snapshot-")));
    let mut opened = open(disk, directory(), identity()).unwrap();
    opened.undo().unwrap();
    assert_eq!(opened.last().unwrap().meta, b"one");
    assert_eq!(state(&opened)["a"], "1");
}

#[test]
fn a_done_batch_cannot_be_undone() {
    let disk = Disk::default();
    let mut journal = begin(&disk);
    journal.append(1, &[], b"", true).unwrap();
    journal.done(1).unwrap();
    journal.close().unwrap();
    let mut opened = open(disk, directory(), identity()).unwrap();
    let error = opened.undo().unwrap_err().to_string();
    assert!(error.contains("batch 1"), "{error}");
}

#[test]
fn what_a_change_is_refused_for_is_said() {
    let disk = Disk::default();
    let mut journal = begin(&disk);
    journal.append(1, &put("a", "1"), b"", true).unwrap();
    journal.close().unwrap();
    let opened = open(disk, directory(), identity()).unwrap();
    let error = load(
        &mut Cursor::new(&opened, 0, 2),
        &mut |_| Err("expected a number".into()),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("`count`") && error.contains("expected a number"),
        "{error}"
    );
    assert!(error.contains("journal-00000000000000000001.log"), "{error}");
}

#[test]
fn long_changes_are_written_as_they_are() {
    let disk = Disk::default();
    let long = "x".repeat(100_000);
    let mut journal = begin(&disk);
    let mut deltas = put("a", "1");
    deltas.extend(put("b", &long));
    deltas.extend(put("c", "3"));
    for (partition, delta) in deltas.iter_mut().enumerate() {
        delta.partition = u32::try_from(partition).unwrap();
    }
    deltas.extend(put("d", &long));
    journal.append(1, &deltas, b"", true).unwrap();
    journal.close().unwrap();
    let opened = open(disk, directory(), identity()).unwrap();
    assert_eq!(
        state(&opened),
        BTreeMap::from([("c".into(), "3".into()), ("d".into(), long)])
    );
}

#[test]
fn starting_over_and_over_leaves_few_files() {
    let disk = Disk::default();
    for batch in 1..=100 {
        let mut journal = begin(&disk);
        journal.append(batch, &put("a", &batch.to_string()), b"", true).unwrap();
        journal.done(batch).unwrap();
        drop(journal);
        drop(begin(&disk));
    }
    let names: Vec<_> = disk.files().into_keys().collect();
    assert!(names.len() < 45, "{names:?}");
    assert_eq!(state(&open(disk, directory(), identity()).unwrap())["a"], "100");
}

#[test]
fn unfinished_and_unlisted_files_are_removed_and_others_are_not() {
    let disk = Disk::default();
    begin(&disk).close().unwrap();
    for name in [
        "manifest.json.tmp",
        "snapshot-00000000000000000009.snap.tmp",
        "journal-00000000000000000099.log",
        "notes.txt",
    ] {
        disk.create(&directory().join(name)).unwrap();
    }
    begin(&disk).close().unwrap();
    let names: Vec<_> = disk.files().into_keys().collect();
    assert_eq!(
        names,
        ["journal-00000000000000000002.log", "manifest.json", "notes.txt"]
    );
}
