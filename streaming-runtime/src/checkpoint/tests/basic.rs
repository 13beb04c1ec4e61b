//! What is written comes back, on the filesystem of the machine.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::*;

fn identity() -> Identity {
    Identity {
        pipeline: "orders".into(),
        key_partitions: 4,
        operators: vec![StateOf {
            name: "count".into(),
            fingerprint: "u64".into(),
        }],
    }
}

fn at(path: &Path) -> Opened<Real> {
    open(Real, path, identity()).unwrap()
}

fn put(key: &str, value: &str) -> Vec<Delta> {
    let mut changes = Changes::default();
    changes
        .put::<()>(
            7,
            |bytes| {
                bytes.extend(key.bytes());
                Ok(())
            },
            |bytes| {
                bytes.extend(value.bytes());
                Ok(())
            },
        )
        .unwrap();
    vec![Delta {
        operator: 0,
        partition: 2,
        changes: changes.into_bytes(),
    }]
}

fn state(opened: &Opened<Real>) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    opened
        .load(0, 2, &mut |change| {
            if let Change::Put { slice: 7, key, value } = change {
                state.insert(
                    String::from_utf8(key.to_vec()).unwrap(),
                    String::from_utf8(value.to_vec()).unwrap(),
                );
            }
            Ok(())
        })
        .unwrap();
    state
}

#[test]
fn what_was_appended_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint");
    let opened = at(&path);
    assert_eq!(opened.last(), None);
    let id = opened.id().to_string();
    let mut journal = opened.compact_at(400).begin().unwrap();
    for batch in 1..=20 {
        journal
            .append(
                batch,
                &put(&format!("k{}", batch % 5), &batch.to_string()),
                b"meta",
                true,
            )
            .unwrap();
        if batch < 20 {
            journal.done(batch).unwrap();
        }
        journal.settle().unwrap();
    }
    drop(journal);
    let mut opened = at(&path);
    assert_eq!(opened.id(), id);
    assert_eq!(
        opened.last(),
        Some(&Last {
            batch: 20,
            meta: b"meta".to_vec(),
            done: false
        })
    );
    assert_eq!(state(&opened)["k0"], "20");
    opened.undo().unwrap();
    assert_eq!(opened.last().unwrap().batch, 19);
    assert_eq!(state(&opened)["k0"], "15");
    let mut journal = opened.begin().unwrap();
    journal.append(20, &put("k0", "again"), b"", true).unwrap();
    journal.undo(20).unwrap();
    journal.append(20, &put("k0", "more"), b"", true).unwrap();
    journal.done(20).unwrap();
    journal.close().unwrap();
    let opened = at(&path);
    assert!(opened.last().unwrap().done);
    assert_eq!(state(&opened)["k0"], "more");
    assert!(matches!(
        open(Real, &path, identity()),
        Err(CheckpointError::Locked { .. })
    ));
}
