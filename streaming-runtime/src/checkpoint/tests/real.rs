//! On the filesystem of the machine.

use super::model::{append, identity};
use super::*;

fn delta(partition: u32, key: u64, value: &[u8]) -> Delta {
    let mut changes = Changes::default();
    changes.put(0, append(&key.to_le_bytes()), append(value)).unwrap();
    Delta {
        operator: 1,
        partition,
        changes: changes.into_bytes(),
    }
}

#[test]
fn two_cannot_use_a_directory_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open(Real::default(), directory.path(), identity()).unwrap();
    let locked = |error: CheckpointError| {
        let text = error.to_string();
        assert!(matches!(error, CheckpointError::Locked { .. }), "{text}");
        assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    };
    locked(open(Real::default(), directory.path(), identity()).unwrap_err());
    let journal = opened.begin().unwrap();
    locked(open(Real::default(), directory.path(), identity()).unwrap_err());
    journal.close().unwrap();
    open(Real::default(), directory.path(), identity()).unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_a_checkpoint() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("of").join("orders");
    let mut journal = open(Real::default(), &path, identity())
        .unwrap()
        .compact_at(0)
        .begin()
        .unwrap();
    for batch in 1..4 {
        journal.append(batch, &[delta(0, 1, b"value")], b"", true).unwrap();
        journal.done(batch).unwrap();
        journal.settle().unwrap();
    }
    journal.close().unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let mut names = Vec::new();
    for entry in path.read_dir().unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name().into_string().unwrap());
        assert_eq!(mode(&entry.path()), 0o600, "{names:?}");
    }
    for prefix in ["lock", "manifest.json", "journal-", "snapshot-"] {
        assert!(names.iter().any(|name| name.starts_with(prefix)), "{names:?}");
    }
}

#[test]
fn compactions_beside_the_journal_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut last = 0;
    let mut expected = vec![0u64; 50];
    for _ in 0..4 {
        let opened = open(Real::default(), directory.path(), identity()).unwrap();
        assert_eq!(opened.last().map_or(0, |last| last.batch), last);
        let mut found = vec![0u64; 50];
        for partition in 0..3 {
            let read = load(&mut Cursor::new(&opened, 1, partition), &mut |change| {
                if let Change::Put { key, value, .. } = change {
                    let key = usize::try_from(u64::from_le_bytes(key.try_into().unwrap())).unwrap();
                    found[key] = u64::from_le_bytes(value[..8].try_into().unwrap());
                }
                Ok(())
            });
            read.unwrap();
        }
        assert_eq!(found, expected);
        let mut journal = opened.compact_at(3000).begin().unwrap();
        for _ in 0..60 {
            last += 1;
            let key = last * 7 % 50;
            let value = last.to_le_bytes().repeat(20);
            let partition = u32::try_from(key % 3).unwrap();
            journal
                .append(last, &[delta(partition, key, &value)], b"meta", last % 10 == 0)
                .unwrap();
            journal.done(last).unwrap();
            expected[usize::try_from(key).unwrap()] = last;
        }
        drop(journal);
    }
    let names = directory
        .path()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let snapshots = names.filter(|name| name.starts_with("snapshot-")).count();
    assert!((1..=3).contains(&snapshots), "{snapshots} snapshots");
}

#[test]
fn runs_too_short_for_a_compaction_do_not_let_the_journal_grow_for_ever() {
    const LIMIT: u64 = 6_000_000;
    let directory = tempfile::tempdir().unwrap();
    let value = vec![7; 300_000];
    let mut longest = 0;
    for batch in 0..40 {
        let opened = open(Real::default(), directory.path(), identity()).unwrap();
        let mut journal = opened.compact_at(LIMIT).begin().unwrap();
        let deltas: Vec<Delta> = (0..6).map(|n| delta(n, batch % 4, &value)).collect();
        journal.append(batch, &deltas, b"", true).unwrap();
        journal.done(batch).unwrap();
        journal.close().unwrap();
        let mut bytes = 0;
        for entry in directory.path().read_dir().unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.contains(".tmp"), "{name} is left of a compaction");
            if name.starts_with("journal-") {
                bytes += entry.metadata().unwrap().len();
            }
        }
        longest = longest.max(bytes);
    }
    let opened = open(Real::default(), directory.path(), identity()).unwrap();
    let mut found = 0;
    for partition in 0..6 {
        let count = &mut |_: Change<'_>| {
            found += 1;
            Ok(())
        };
        load(&mut Cursor::new(&opened, 1, partition), count).unwrap();
    }
    assert!(found >= 24, "{found} of 24 keys");
    // What the older of two snapshots needs is kept, too.
    assert!((LIMIT..8 * LIMIT).contains(&longest), "{longest} bytes of journal");
}

#[test]
fn a_path_that_is_no_directory_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "text").unwrap();
    let error = open(Real::default(), &path, identity()).unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}

/// A child that is forked while a directory is in use has its lock file open, too.
#[test]
fn a_lock_that_is_let_go_is_free_whoever_has_its_file_open() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let lock = Real::default().lock(&path).unwrap().unwrap();
    let of_a_child = lock.0.try_clone().unwrap();
    assert!(Real::default().lock(&path).unwrap().is_err());
    drop(lock);
    assert!(Real::default().lock(&path).unwrap().is_ok());
    drop(of_a_child);
}
