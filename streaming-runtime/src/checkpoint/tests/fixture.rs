//! Checkpoints to be damaged.

use std::collections::BTreeMap;

use super::disk::Disk;
use super::model::{Expected, Process, Version, directory, identity, verify};
use super::{CheckpointError, open};

pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A checkpoint and what it must hold.
#[derive(Debug)]
pub(super) struct Fixture {
    pub files: Files,
    /// What the directory held before, after each step.
    pub earlier: Vec<Files>,
    /// The last version, and what was said to be done.
    pub last: usize,
    pub done: Expected,
    pub versions: Vec<Version>,
}

/// What an opened checkpoint turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The version that was written last.
    Right,
    /// An earlier version.
    Older(usize),
    /// It is refused.
    Damaged,
    /// It is taken for another pipeline's.
    Mismatch,
    /// It is accepted and wrong.
    Wrong(String),
}

impl Fixture {
    /// A checkpoint that was closed.
    pub(super) fn closed(seed: u64, steps: usize) -> Self {
        Self::make(seed, steps, true)
    }

    /// A checkpoint whose process was killed behind a batch that was done.
    pub(super) fn killed(seed: u64, steps: usize) -> Self {
        Self::make(seed, steps, false)
    }

    fn make(seed: u64, steps: usize, close: bool) -> Self {
        let mut process = Process::new(Disk::default(), seed);
        process.values = 40;
        let mut earlier = Vec::new();
        for _ in 0..steps {
            process.step().unwrap();
            earlier.push(process.disk.files());
        }
        process.settled_batch();
        if close {
            process.close().unwrap();
        }
        Self {
            files: process.disk.files(),
            earlier,
            last: process.current_number(),
            done: process.expected.clone(),
            versions: process.versions.clone(),
        }
    }

    /// What these files are taken for.
    pub(super) fn outcome(&self, files: Files) -> Outcome {
        let opened = match open(Disk::with(files), directory(), identity()) {
            Ok(opened) => opened,
            Err(CheckpointError::Damaged { .. }) => return Outcome::Damaged,
            Err(CheckpointError::Mismatch { .. }) => return Outcome::Mismatch,
            Err(other) => return Outcome::Wrong(other.to_string()),
        };
        let any = Expected {
            possible: (0..self.versions.len()).collect(),
            ..self.done.clone()
        };
        match verify(&opened, &any, &self.versions) {
            Ok(Ok(version)) if version == self.last => Outcome::Right,
            Ok(Ok(version)) => Outcome::Older(version),
            Ok(Err(error)) => Outcome::Wrong(error.to_string()),
            Err(why) => Outcome::Wrong(why),
        }
    }

    /// The files, one of them changed.
    pub(super) fn with(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
        let mut files = self.files.clone();
        change(files.get_mut(name).expect("a file of the checkpoint"));
        files
    }

    /// The last segment.
    pub(super) fn journal(&self) -> &str {
        self.files
            .keys()
            .rfind(|name| name.starts_with("journal-"))
            .expect("a journal")
    }

    /// The newest snapshot.
    pub(super) fn snapshot(&self) -> &str {
        self.files
            .keys()
            .rfind(|name| name.starts_with("snapshot-"))
            .expect("a snapshot")
    }
}
