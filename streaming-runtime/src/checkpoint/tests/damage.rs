//! Files that are not what was written: noticed, or repaired; never wrong and never empty.

use rayon::prelude::*;

use super::disk::Disk;
use super::fixture::{Fixture, Outcome};
use super::model::{directory, identity};
use super::{Changes, CheckpointError, Delta, open};

/// What is not noticed when each byte of a file is changed.
pub(super) fn flips(fixture: &Fixture, name: &str) -> Vec<String> {
    let wrong = |at: usize| {
        [1 << (at % 8), 0xff].into_iter().find_map(|change| {
            let outcome = fixture.outcome(fixture.with(name, |bytes| bytes[at] ^= change));
            let noticed = matches!(outcome, Outcome::Right | Outcome::Damaged | Outcome::Mismatch);
            (!noticed).then(|| format!("{name} at {at}: {outcome:?}"))
        })
    };
    (0..fixture.files[name].len()).filter_map(wrong).collect()
}

fn fixtures() -> [Fixture; 3] {
    [Fixture::closed(1, 14), Fixture::killed(2, 14), Fixture::killed(3, 40)]
}

#[test]
fn every_changed_byte_is_noticed_or_repaired() {
    for fixture in fixtures() {
        let names: Vec<_> = fixture.files.keys().collect();
        let wrong: Vec<_> = names.par_iter().flat_map(|name| flips(&fixture, name)).collect();
        assert_eq!(wrong, [""; 0]);
    }
}

#[test]
fn a_damaged_newest_snapshot_is_repaired_from_the_one_before() {
    let fixture = Fixture::killed(3, 40);
    let name = fixture.snapshot();
    for at in 0..fixture.files[name].len() {
        assert_eq!(
            fixture.outcome(fixture.with(name, |bytes| bytes[at] ^= 4)),
            Outcome::Right,
            "at {at}"
        );
    }
}

#[test]
fn a_repaired_checkpoint_can_be_written_and_opened_again() {
    let fixture = Fixture::closed(3, 40);
    let name = fixture.snapshot();
    let disk = Disk::with(fixture.with(name, |bytes| bytes[50] ^= 4));
    for _ in 0..3 {
        open(disk.clone(), directory(), identity())
            .unwrap()
            .begin()
            .unwrap()
            .close()
            .unwrap();
    }
    assert_eq!(fixture.outcome(disk.files()), Outcome::Right);
}

#[test]
fn files_cut_at_any_length_are_noticed_or_repaired() {
    for fixture in fixtures() {
        for (name, bytes) in &fixture.files {
            (0..bytes.len()).into_par_iter().for_each(|length| {
                let outcome = fixture.outcome(fixture.with(name, |bytes| bytes.truncate(length)));
                // The end of a journal that was not closed cannot be told from one that was never written further.
                let open_end = name == fixture.journal() && matches!(outcome, Outcome::Older(version) if version > 0);
                assert!(
                    open_end || matches!(outcome, Outcome::Right | Outcome::Damaged),
                    "{name} cut at {length}: {outcome:?}"
                );
            });
        }
    }
}

#[test]
fn a_closed_journal_that_is_cut_is_noticed() {
    let fixture = Fixture::closed(1, 14);
    for length in 0..fixture.files[fixture.journal()].len() {
        let files = fixture.with(fixture.journal(), |bytes| bytes.truncate(length));
        assert_eq!(fixture.outcome(files), Outcome::Damaged, "cut at {length}");
    }
}

#[test]
fn zeros_behind_the_end_change_nothing() {
    for fixture in fixtures() {
        for name in fixture.files.keys() {
            for zeros in [1, 7, 51, 52, 53, 512, 5000] {
                let files = fixture.with(name, |bytes| bytes.extend(vec![0; zeros]));
                let outcome = fixture.outcome(files);
                let manifest = name == "manifest.json" && outcome == Outcome::Damaged;
                assert!(
                    manifest || outcome == Outcome::Right,
                    "{name} and {zeros} zeros: {outcome:?}"
                );
            }
        }
    }
}

#[test]
fn a_missing_file_is_noticed() {
    for fixture in fixtures() {
        for name in fixture.files.keys() {
            let mut files = fixture.files.clone();
            files.remove(name);
            assert_eq!(fixture.outcome(files), Outcome::Damaged, "without {name}");
        }
    }
}

#[test]
fn swapped_files_are_noticed_or_repaired() {
    for fixture in fixtures() {
        for one in fixture.files.keys() {
            for other in fixture.files.keys().filter(|other| *other > one) {
                let mut files = fixture.files.clone();
                let content = files.insert(one.clone(), fixture.files[other].clone()).unwrap();
                files.insert(other.clone(), content);
                let outcome = fixture.outcome(files);
                assert!(
                    matches!(outcome, Outcome::Right | Outcome::Damaged),
                    "{one} and {other} swapped: {outcome:?}"
                );
            }
        }
    }
}

#[test]
fn files_as_they_were_before_are_noticed_or_change_nothing() {
    for fixture in [Fixture::closed(1, 14), Fixture::closed(3, 40)] {
        for earlier in &fixture.earlier {
            for (name, content) in earlier {
                let mut files = fixture.files.clone();
                files.insert(name.clone(), content.clone());
                let outcome = fixture.outcome(files);
                assert!(
                    matches!(outcome, Outcome::Right | Outcome::Damaged),
                    "an older {name}: {outcome:?}"
                );
            }
        }
    }
}

#[test]
fn files_of_another_directory_are_noticed_or_not_needed() {
    let (fixture, other) = (Fixture::closed(3, 40), Fixture::closed(3, 40));
    for name in fixture.files.keys() {
        let mut files = fixture.files.clone();
        files.insert(name.clone(), other.files[name].clone());
        let outcome = fixture.outcome(files);
        let unused = name != "manifest.json" && outcome == Outcome::Right;
        assert!(
            unused || outcome == Outcome::Damaged,
            "{name} of another directory: {outcome:?}"
        );
    }
}

/// Whether it is noticed that a piece of a closed segment moved, though each piece of it is whole.
pub(super) fn moved_pieces_are_noticed() -> bool {
    const DONE: usize = 52;
    let disk = Disk::default();
    let mut journal = open(disk.clone(), directory(), identity()).unwrap().begin().unwrap();
    for batch in 1..=3 {
        journal.append(batch, &[], b"same length", true).unwrap();
        journal.done(batch).unwrap();
    }
    journal.close().unwrap();
    let mut files = disk.files();
    let (name, bytes) = files.iter_mut().find(|(name, _)| name.starts_with("journal-")).unwrap();
    assert_eq!(name, "journal-00000000000000000001.log");
    // The note that the first batch is done is taken out, and the last one stands there twice.
    let batch = (bytes.len() - 52) / 3 - DONE;
    bytes.drain(52 + batch..52 + batch + DONE);
    let last = bytes[bytes.len() - DONE..].to_vec();
    bytes.extend(last);
    matches!(
        open(Disk::with(files), directory(), identity()),
        Err(CheckpointError::Damaged { .. })
    )
}

#[test]
fn a_piece_that_moved_is_noticed() {
    assert!(moved_pieces_are_noticed());
}

#[test]
fn damage_that_the_compaction_finds_stops_the_journal() {
    let disk = Disk::default();
    let mut journal = open(disk.clone(), directory(), identity())
        .unwrap()
        .compact_at(4000)
        .begin()
        .unwrap();
    let mut changes = Changes::default();
    let bytes = |bytes: &mut Vec<u8>| -> Result<(), ()> {
        bytes.extend([7; 500]);
        Ok(())
    };
    changes.put(0, bytes, bytes).unwrap();
    let deltas = [Delta {
        operator: 0,
        partition: 0,
        changes: changes.into_bytes(),
    }];
    let mut stopped = None;
    for batch in 1..=9 {
        if let Err(error) = journal.append(batch, &deltas, b"", true) {
            stopped = Some((batch, error));
            break;
        }
        journal.done(batch).unwrap();
        if batch == 1 {
            disk.change("journal-00000000000000000001.log", 300);
        }
    }
    let (batch, error) = stopped.expect("the journal is stopped");
    assert!(
        batch > 3 && matches!(error, CheckpointError::Damaged { .. }),
        "batch {batch}: {error}"
    );
    assert!(journal.append(batch, &deltas, b"", true).is_err());
}
