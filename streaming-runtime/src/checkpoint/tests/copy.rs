//! Copies made while the checkpoint is written to.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixture::{Files, Fixture, Outcome};
use super::model::{append, identity};
use super::random::Random;
use super::*;
use crate::checkpoint::directory::MANIFEST;
use crate::checkpoint::manifest::Manifest;

/// Files of different moments, each file of a moment after the one that was copied before it.
fn of_moments(moments: &[Files], order: &[String], random: &mut Random) -> Files {
    let mut at = random.below(moments.len());
    let mut copy = Files::new();
    for name in order {
        if let Some(bytes) = moments[at].get(name) {
            copy.insert(name.clone(), bytes.clone());
        }
        at += random.below(moments.len() - at);
    }
    copy
}

#[test]
fn a_copy_of_files_in_any_order_is_an_older_version_or_refused() {
    let (mut older, mut refused) = (0, 0);
    for seed in 0..30 {
        let fixture = Fixture::closed(seed, 40);
        let mut random = Random(seed);
        for _ in 0..60 {
            let moments = &fixture.earlier;
            let mut names: Vec<String> = moments.iter().flat_map(|files| files.keys().cloned()).collect();
            names.sort_unstable();
            names.dedup();
            for at in 1..names.len() {
                names.swap(at, random.below(at + 1));
            }
            match fixture.outcome(of_moments(moments, &names, &mut random)) {
                Outcome::Right | Outcome::Older(_) => older += 1,
                Outcome::Damaged => refused += 1,
                other => panic!("seed {seed}: {other:?}"),
            }
        }
    }
    assert!(older > 50 && refused > 50, "{older} {refused}");
}

#[test]
fn the_manifest_first_and_what_it_lists_of_any_later_moment_is_a_checkpoint() {
    for seed in 0..30 {
        let fixture = Fixture::closed(seed, 40);
        let mut random = Random(seed);
        let mut copies = 0;
        for _ in 0..60 {
            let moments = &fixture.earlier;
            let first = random.below(moments.len());
            let Some(bytes) = moments[first].get(MANIFEST) else {
                continue;
            };
            let manifest = Manifest::read(bytes, Path::new(MANIFEST)).unwrap();
            let mut listed: Vec<String> = manifest
                .snapshots
                .iter()
                .map(|entry| super::super::directory::snapshot_name(entry.batch, manifest.generation))
                .collect();
            listed.extend(
                manifest
                    .segments
                    .iter()
                    .map(|entry| super::super::directory::segment_name(entry.segment)),
            );
            let mut copy = of_moments(&moments[first..], &listed, &mut random);
            if copy.len() < listed.len() {
                continue;
            }
            copy.insert(MANIFEST.to_owned(), bytes.clone());
            let outcome = fixture.outcome(copy);
            assert!(
                matches!(outcome, Outcome::Right | Outcome::Older(_)),
                "seed {seed}: {outcome:?}"
            );
            copies += 1;
        }
        assert!(copies > 0);
    }
}

#[test]
fn copies_of_a_checkpoint_under_load_hold_what_was_decided() {
    let directory = tempfile::tempdir().unwrap();
    let from = directory.path().join("checkpoint");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let opened = open(Real::passing(), &from, identity()).unwrap();
            let mut journal = opened.compact_at(4 << 10).begin().unwrap();
            let mut batch = 0u64;
            while !over.load(Ordering::Relaxed) {
                batch += 1;
                let mut changes = Changes::default();
                let number = batch.to_le_bytes();
                for key in [&b"newest"[..], &batch.to_le_bytes()[..1]] {
                    changes.put::<()>(0, append(key), append(&number)).unwrap();
                }
                let delta = Delta {
                    operator: 0,
                    partition: 0,
                    changes: changes.into_bytes(),
                };
                journal.append(batch, &[delta], &number, true).unwrap();
                journal.done(batch).unwrap();
            }
            journal.close().unwrap();
        });
        while !from.join(MANIFEST).exists() {
            std::thread::yield_now();
        }
        let mut before = 0;
        for copy in 0..40 {
            let to = directory.path().join(format!("copy {copy}"));
            crate::checkpoint::copy(&from, &to).unwrap();
            let opened = open(Real::passing(), &to, identity()).unwrap();
            let Some(last) = opened.last().map(|last| last.batch) else {
                continue;
            };
            let mut newest = 0;
            load(&mut Cursor::new(&opened, 0, 0), &mut |change| {
                if let Change::Put {
                    key: b"newest", value, ..
                } = change
                {
                    newest = u64::from_le_bytes(value.try_into().unwrap());
                }
                Ok(())
            })
            .unwrap();
            assert_eq!(newest, last);
            assert!(last >= before, "{last} after {before}");
            before = last;
        }
        over.store(true, Ordering::Relaxed);
        assert!(before > 0);
    });
}

#[test]
fn a_directory_that_is_used_is_not_copied_into() {
    let directory = tempfile::tempdir().unwrap();
    let from = directory.path().join("checkpoint");
    drop(open(Real::passing(), &from, identity()).unwrap());
    let error = crate::checkpoint::copy(&from, &from).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    let error = crate::checkpoint::copy(directory.path(), directory.path().join("to")).unwrap_err();
    assert!(error.to_string().contains("manifest.json"), "{error}");
}
