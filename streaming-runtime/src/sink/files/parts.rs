//! The file in progress: batches are appended to it under a hidden name until it is due, then it becomes visible, whole.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use super::super::SinkError;
use super::directory::{Directory, Name, Published};
use super::disk::{Disk, Trouble, taken};
use crate::clock::WallClock;

/// The part files of one directory.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) directory: Directory,
    pub(super) roll: Roll,
    pub(super) clock: WallClock,
    /// Whose hidden files are ours: the tag of the checkpoint. Without one the name of a hidden file says how much of it counts.
    pub(super) tag: Option<String>,
    /// Number of the file that batch 0 would begin, once it is known.
    pub(super) first: Option<u64>,
    pub(super) part: Option<Part>,
    /// What is on the disk is not known any more, and why.
    broken: Option<String>,
}

/// When a file becomes visible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roll {
    pub(super) size: u64,
    pub(super) every: Duration,
}

/// A file in progress.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) number: u64,
    pub(super) hidden: PathBuf,
    pub(super) file: File,
    /// Bytes of batches that count.
    pub(super) counted: u64,
    /// The length with the batch that was prepared and is neither committed nor given up.
    pub(super) prepared: Option<u64>,
    /// A batch was given up, and its bytes are still there: whether it counts is not known before the next batch or the next run.
    pub(super) given_up: bool,
    /// An earlier process began it: whether it has the same header is to be seen.
    pub(super) inherited: bool,
    /// When it was begun, epoch milliseconds.
    pub(super) since: i64,
    /// How old it was when this process opened it, and when that was.
    pub(super) older: Duration,
    pub(super) opened: Duration,
}

impl Parts {
    pub(super) fn new(directory: Directory, roll: Roll, clock: WallClock) -> Self {
        Self {
            directory,
            roll,
            clock,
            tag: None,
            first: None,
            part: None,
            broken: None,
        }
    }

    /// Does something unless it is unknown what is on the disk; when it becomes so, that is for good.
    pub(super) fn attempt<R>(&mut self, f: impl FnOnce(&mut Self) -> Result<R, Trouble>) -> Result<R, Trouble> {
        if let Some(broken) = &self.broken {
            return Err(Trouble::Failed(SinkError::new(broken.clone())));
        }
        let result = f(self);
        if let Err(Trouble::Unknown(error)) = &result {
            self.broken = Some(format!(
                "{error}: it is not known what of the last batch is on the disk: check the disk, then start again"
            ));
        }
        result
    }

    /// Appends a batch to the file in progress, durable and not counted yet.
    pub(super) fn prepare(&mut self, batch: u64, header: &[u8], content: &[Vec<u8>]) -> Result<(), Trouble> {
        if self.first.is_none() {
            self.settle()?;
        }
        if self.has_other_header(header)? {
            self.publish()?;
        }
        if self.part.is_none() {
            self.begin(batch)?;
        }
        let (Some(part), disk) = (&mut self.part, &self.directory.disk) else {
            return Ok(());
        };
        if std::mem::take(&mut part.given_up) {
            disk.cut(&part.hidden, &part.file, part.counted)?;
        }
        let header = if part.counted == 0 { header } else { &[] };
        let all: Vec<&[u8]> = std::iter::once(header)
            .chain(content.iter().map(Vec::as_slice))
            .collect();
        disk.write(&part.hidden, &mut part.file, part.counted, &all)?;
        disk.sync(&part.hidden, &part.file)?;
        let bytes: usize = all.iter().map(|part| part.len()).sum();
        part.prepared = Some(part.counted + bytes as u64);
        Ok(())
    }

    /// The first file of a run is at hand: numbers go on behind what is there.
    fn settle(&mut self) -> Result<(), Trouble> {
        let names = self.directory.list()?;
        let ours = |name: &&Name| matches!(name, Name::Kept(_, tag) if Some(tag) == self.tag.as_ref());
        for name in names.iter().filter(ours) {
            Directory::remove(&self.directory.path_of(name))?;
        }
        let others = names.iter().filter(|name| !ours(name));
        self.first = Some(others.map(|name| name.number() + 1).max().unwrap_or(0));
        Ok(())
    }

    /// The file in progress was begun by another version of the program, with other columns.
    fn has_other_header(&mut self, header: &[u8]) -> Result<bool, Trouble> {
        match &mut self.part {
            Some(part) if part.inherited && part.counted > 0 => {
                part.inherited = false;
                Disk::begins_with(&part.hidden, &mut part.file, header).map(|same| !same)
            }
            _ => Ok(false),
        }
    }

    fn begin(&mut self, batch: u64) -> Result<(), Trouble> {
        let number = self.first.unwrap_or(0) + batch;
        let visible = self.directory.path_of(&Name::Visible(number));
        if visible.exists() {
            return Err(Trouble::Failed(taken(&visible)));
        }
        let hidden = self.directory.path_of(&self.hidden(number, 0));
        let file = self.directory.disk.create(&hidden)?;
        self.part = Some(Part {
            number,
            hidden,
            file,
            counted: 0,
            prepared: None,
            given_up: false,
            inherited: false,
            since: self.clock.epoch_millis(),
            older: Duration::ZERO,
            opened: self.clock.elapsed(),
        });
        self.directory.disk.sync_directory(&self.directory.path)
    }

    fn hidden(&self, number: u64, counted: u64) -> Name {
        match &self.tag {
            Some(tag) => Name::Kept(number, tag.clone()),
            None => Name::Counted(number, counted),
        }
    }

    /// Counts the batch that was prepared, and makes the file visible where it is due.
    pub(super) fn commit(&mut self) -> Result<(), Trouble> {
        let Some(part) = &self.part else { return Ok(()) };
        if self.is_due(part) {
            return self.publish();
        }
        if let Some(length) = part.prepared
            && self.tag.is_none()
        {
            let counted = self.directory.path_of(&Name::Counted(part.number, length));
            self.directory.disk.rename(&part.hidden, &counted)?;
            self.directory.disk.sync_directory(&self.directory.path)?;
            if let Some(part) = &mut self.part {
                part.hidden = counted;
            }
        }
        if let Some(part) = &mut self.part {
            part.counted = part.prepared.take().unwrap_or(part.counted);
        }
        Ok(())
    }

    /// Makes the file in progress visible.
    pub(super) fn publish(&mut self) -> Result<(), Trouble> {
        let Some(part) = &self.part else { return Ok(()) };
        let published = Published {
            tag: self.tag.clone().unwrap_or_default(),
            number: part.number,
            bytes: part.prepared.unwrap_or(part.counted),
        };
        self.directory.publish(&part.hidden, &published)?;
        self.part = None;
        Ok(())
    }

    fn is_due(&self, part: &Part) -> bool {
        part.prepared.unwrap_or(part.counted) >= self.roll.size || self.left(part).is_zero()
    }

    /// How long until the file is old enough.
    fn left(&self, part: &Part) -> Duration {
        let age = part.older + self.clock.elapsed().saturating_sub(part.opened);
        self.roll.every.saturating_sub(age)
    }

    /// The file in progress, and how long until it is old enough.
    pub(super) fn next_look(&self) -> Option<(u64, Duration)> {
        self.part.as_ref().map(|part| (part.number, self.left(part)))
    }

    /// Makes this file visible when it is old enough and no batch is on its way; says when to look again, if it is still in progress.
    pub(super) fn look(&mut self, number: u64) -> Result<Option<Duration>, Trouble> {
        let part = self.part.as_ref().filter(|part| part.number == number);
        let Some(part) = part else { return Ok(None) };
        let left = self.left(part);
        if !left.is_zero() {
            return Ok(Some(left));
        }
        if !part.is_settled() {
            // The commit of that batch makes it visible; it is looked at again in case the batch is given up.
            return Ok(Some(self.roll.every));
        }
        self.publish().map(|()| None)
    }

    /// Gives up the batch that was prepared, as far as it was.
    ///
    /// With a checkpoint its bytes stay for now. The journal may have failed in a way that leaves open whether the batch is decided: the next run
    /// finds out, and cuts the file to what counts then. In this run it is the next batch that says so.
    pub(super) fn abort(&mut self) -> Result<(), Trouble> {
        let Some(part) = &mut self.part else { return Ok(()) };
        let prepared = part.prepared.take().is_some();
        if self.tag.is_some() {
            part.given_up |= prepared;
            return Ok(());
        }
        if part.counted == 0 {
            let hidden = part.hidden.clone();
            self.part = None;
            return Directory::remove(&hidden);
        }
        self.directory.disk.cut(&part.hidden, &part.file, part.counted)
    }

    /// The run ends in good order: what counts becomes visible. Where it is not known what counts, that is left to the next run.
    pub(super) fn close(&mut self) -> Result<(), Trouble> {
        match &self.part {
            Some(part) if part.is_settled() => self.publish(),
            _ => Ok(()),
        }
    }
}

impl Part {
    /// There are batches in it, and all of them count.
    fn is_settled(&self) -> bool {
        self.prepared.is_none() && !self.given_up && self.counted > 0
    }
}
