//! Faults planted in the code: each is found by what the other tests check, which finds nothing without it.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::planted::{self, Bug};
use super::crash::explore;
use super::damage::{flips, moved_pieces_are_noticed};
use super::disk::{Call, Fault};
use super::faults::{calls, on_a_full_disk, with_fault};
use super::fixture::Fixture;

/// Asserts that `check` finds the bug for one of some seeds, and nothing without the bug for the same ones.
fn found(bug: Bug, check: impl Fn(u64) -> Result<(), String>) {
    let fails = |seed: &u64| {
        // A panic is found too.
        planted::with(Some(bug), || catch_unwind(AssertUnwindSafe(|| check(*seed))))
            .map_or(true, |checked| checked.is_err())
    };
    let seeds = (0..40).filter(|seed| seed % 8 != 7);
    let seed = seeds.into_iter().find(fails);
    let seed = seed.unwrap_or_else(|| panic!("{bug:?} is not found"));
    assert_eq!(check(seed), Ok(()), "seed {seed} without the bug");
}

fn crashes(seed: u64) -> Result<(), String> {
    explore(seed).map(drop)
}

#[test]
fn no_sync() {
    found(Bug::SkipSync, crashes);
}

#[test]
fn no_sync_of_the_directory() {
    found(Bug::SkipDirectorySync, crashes);
}

#[test]
fn a_torn_tail_cut_one_byte_too_late() {
    found(Bug::TornTailOffByOne, crashes);
}

#[test]
fn segments_deleted_before_the_manifest_is_written() {
    found(Bug::DeleteBeforeManifest, crashes);
}

#[test]
fn a_manifest_without_a_sync() {
    found(Bug::ManifestWithoutSync, crashes);
}

#[test]
fn an_undo_in_memory_only() {
    found(Bug::UndoNotDurable, crashes);
}

#[test]
fn a_compaction_that_keeps_removed_keys() {
    found(Bug::CompactionKeepsRemoved, crashes);
}

#[test]
fn a_recovered_tail_that_is_not_synced() {
    found(Bug::RecoveredTailNotSynced, crashes);
}

#[test]
fn a_segment_left_before_it_is_durable() {
    found(Bug::RollWithoutSync, crashes);
}

#[test]
fn a_segment_listed_before_its_name_is_durable() {
    found(Bug::SegmentNameNotDurable, crashes);
}

#[test]
fn a_snapshot_of_a_batch_that_may_be_undone() {
    found(Bug::CompactionOfUndecided, crashes);
}

#[test]
fn half_a_frame_on_a_full_disk() {
    found(Bug::FullLeavesHalfFrame, on_a_full_disk);
}

#[test]
fn a_failed_sync_that_is_tried_again() {
    found(Bug::SyncErrorForgiven, |seed| {
        let syncs = calls(seed)
            .into_iter()
            .enumerate()
            .filter(|(_, call)| *call == Call::Sync);
        let faults = syncs.map(|(at, _)| Fault {
            at,
            kind: ErrorKind::Other,
        });
        faults.into_iter().try_for_each(|fault| with_fault(seed, fault))
    });
}

#[test]
fn a_hole_taken_for_the_end() {
    found(Bug::HoleTakenForEnd, |seed| {
        let fixture = Fixture::killed(seed, 6);
        let wrong = flips(&fixture, fixture.journal());
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("; "))
        }
    });
}

#[test]
fn checksums_that_do_not_know_their_position() {
    found(Bug::ChecksumWithoutPosition, |_| {
        let noticed = moved_pieces_are_noticed();
        noticed
            .then_some(())
            .ok_or_else(|| "a piece that moved is not noticed".into())
    });
}
