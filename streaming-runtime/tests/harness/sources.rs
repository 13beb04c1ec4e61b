//! Sources that do not keep their promise.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use streaming_runtime::source::{Event, Fetched, Open, Records, Slice, Source, SourceError, replay};
use streaming_runtime::testing::{Flaw, Report, SourceHarness};

/// How a source is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    ForgetsItsPosition,
    /// Its position is that of the chunk, not behind it.
    PositionBefore,
    /// A position that was committed comes again from its commit.
    ResumesFromTheCommit,
    /// What it has taken is gone when its future is dropped.
    NotCancelSafe,
    /// It gives as much as it likes.
    IgnoresTheLimit,
    NotAnnounced,
    SaysTooMany,
    /// It leaves out the last record.
    LosesTheLast,
    /// It does not announce a partition of which nothing is left.
    SilentWhenRead,
    NeverEnds,
    /// It begins with the other partition after a resume, and numbers anew.
    MixesPartitions,
}

/// Two partitions with numbers.
struct Numbers {
    bug: Bug,
    all: [Vec<u64>; 2],
    at: [usize; 2],
    announced: usize,
    turn: usize,
    rows: usize,
    committed: Group,
}

/// What was committed, outside of the process.
type Group = Arc<Mutex<[usize; 2]>>;

fn numbers(bug: Bug, committed: Group) -> Numbers {
    Numbers {
        bug,
        committed,
        all: [vec![10, 11, 12, 13, 14], vec![20, 21, 22]],
        at: [0, 0],
        announced: 0,
        turn: 0,
        rows: 1,
    }
}

impl Source for Numbers {
    type Chunk = Slice<u64>;
    type Position = usize;
    type Replay = replay::Replayable;

    async fn open(&mut self, open: Open<usize>) -> Result<(), SourceError> {
        self.rows = match self.bug {
            Bug::IgnoresTheLimit => 4,
            _ => open.chunk_rows,
        };
        if self.bug == Bug::ForgetsItsPosition {
            return Ok(());
        }
        if self.bug == Bug::ResumesFromTheCommit && !open.resume.is_empty() {
            self.at = *self.committed.lock().unwrap();
            return Ok(());
        }
        for (label, at) in open.resume {
            let place = usize::from(label == "b");
            self.at[if self.bug == Bug::MixesPartitions {
                1 - place
            } else {
                place
            }] = at;
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<u64>, usize>, SourceError> {
        let end = |partition: usize| self.all[partition].len() - usize::from(self.bug == Bug::LosesTheLast);
        if self.announced < 2 {
            let partition = self.announced;
            self.announced += 1;
            let is_silent = match self.bug {
                Bug::NotAnnounced => partition == 1,
                Bug::SilentWhenRead => self.at[partition] == self.all[partition].len(),
                _ => false,
            };
            if !is_silent {
                let label = ["a", "b"][partition].to_owned();
                let partition = u32::try_from(partition).unwrap();
                return Ok(Event::Added { partition, label });
            }
        }
        let place = self.turn % 2;
        let place = if self.at[place] < end(place) { place } else { 1 - place };
        let (from, end) = (self.at[place], end(place));
        if from >= end {
            if self.bug == Bug::NeverEnds {
                std::future::pending::<()>().await;
            }
            return Ok(Event::Ended);
        }
        let to = end.min(from + self.rows);
        if self.bug == Bug::NotCancelSafe {
            self.at[place] = to;
        }
        tokio::task::yield_now().await;
        self.at[place] = to;
        self.turn += 1;
        let values = self.all[place][from..to].to_vec();
        Ok(Event::Chunk(Fetched {
            partition: u32::try_from(place).unwrap(),
            rows: values.len() as u64 + u64::from(self.bug == Bug::SaysTooMany),
            chunk: Slice::new("numbers", from as u64, values),
            bytes: 8,
            next: if self.bug == Bug::PositionBefore { from } else { to },
            lag: None,
        }))
    }

    async fn commit(&mut self, positions: &[(u32, usize)]) -> Result<(), SourceError> {
        for (partition, at) in positions {
            self.committed.lock().unwrap()[*partition as usize] = *at;
        }
        Ok(())
    }
}

fn check(bug: Bug) -> Report {
    let records = |chunk: &Slice<u64>| chunk.records().map(|(_, value)| *value).collect();
    let harness = SourceHarness::new(
        async || Group::default(),
        move |group: &Group| numbers(bug, Arc::clone(group)),
        records,
    );
    let harness = if bug == Bug::NeverEnds {
        harness.patience(Duration::from_millis(10))
    } else {
        harness
    };
    harness.check(&[10, 11, 12, 13, 14, 20, 21, 22])
}

#[track_caller]
fn shows(bug: Bug, flaw: Flaw, words: &str) {
    let report = check(bug);
    let found = report
        .faults()
        .iter()
        .any(|fault| fault.flaw == flaw && fault.to_string().contains(words));
    assert!(found, "no `{flaw}` with `{words}`: {report}");
}

#[test]
fn a_right_one_shows_nothing() {
    let report = check(Bug::None);
    report.assert();
    assert!(report.trials() > 60, "{report}");
}

#[test]
fn what_is_wrong_after_a_resume_is_found() {
    shows(Bug::ForgetsItsPosition, Flaw::Doubled, "where `a` is at 1: doubled: 10");
    shows(Bug::PositionBefore, Flaw::Doubled, "resumed after event");
    shows(Bug::MixesPartitions, Flaw::Doubled, "resumed after event");
    shows(
        Bug::SilentWhenRead,
        Flaw::Misdescribed,
        "`b`, which was resumed, was never announced",
    );
}

#[test]
fn a_position_that_is_not_the_one_of_the_checkpoint_is_found() {
    shows(
        Bug::ResumesFromTheCommit,
        Flaw::Doubled,
        "nothing of which was committed",
    );
}

#[test]
fn a_question_that_cannot_be_dropped_is_found() {
    shows(
        Bug::NotCancelSafe,
        Flaw::Lost,
        "where `next` is dropped when it has waited 1 times",
    );
}

#[test]
fn what_is_said_and_is_not_so_is_found() {
    shows(
        Bug::IgnoresTheLimit,
        Flaw::OverLimit,
        "has 4 records where `open` asked for 1 at most",
    );
    shows(
        Bug::NotAnnounced,
        Flaw::Misdescribed,
        "partition number 1 was not announced",
    );
    shows(Bug::SaysTooMany, Flaw::Misdescribed, "has 5 records and says 6");
}

#[test]
fn a_record_that_is_always_lost_is_found() {
    shows(
        Bug::LosesTheLast,
        Flaw::Lost,
        "read in chunks of 1000 records and 1048576 bytes at most: lost: 14, 22",
    );
}

#[test]
fn a_run_that_never_ends_is_found() {
    shows(Bug::NeverEnds, Flaw::Hangs, "no event came for 10ms");
}
