//! What an earlier process left: what counts of it, and what does not.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{BatchId, SinkError};
use super::directory::{Directory, Name, Published};
use super::disk::Trouble;
use super::parts::{Part, Parts};
use crate::run::Run;

/// What the checkpoint keeps of a batch: how much of which file counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Receipt {
    /// Number of the file that batch 0 would have begun.
    first: u64,
    /// The file in progress.
    part: u64,
    /// So many bytes of it count.
    bytes: u64,
    /// When it was begun, epoch milliseconds.
    since: i64,
}

impl Parts {
    /// Takes the directory. What runs without a checkpoint left in progress becomes visible, as far as it counts.
    pub(super) fn open(&mut self, run: &Run) -> Result<(), Trouble> {
        self.directory.open()?;
        if run.is_new() && !run.is_fresh() {
            self.is_of_no_other(run)?;
        }
        for name in self.directory.list()? {
            match &name {
                Name::Counted(number, bytes) => self.salvage(&name, *number, *bytes)?,
                Name::Kept(_, tag) if Some(tag) != self.tag.as_ref() => {
                    let path = self.directory.path_of(&name).display().to_string();
                    tracing::warn!(path, "this file belongs to another checkpoint: it is left as it is");
                }
                Name::Kept(..) | Name::Visible(_) => {}
            }
        }
        Ok(())
    }

    /// Refuses a directory that was written with another checkpoint: what is there would be written again.
    fn is_of_no_other(&mut self, run: &Run) -> Result<(), Trouble> {
        let is_other = |tag: &str| !tag.is_empty() && Some(tag) != self.tag.as_deref();
        let in_progress = self.directory.list()?.into_iter();
        let mut in_progress = in_progress.filter(|name| matches!(name, Name::Kept(_, tag) if is_other(tag)));
        let in_progress = in_progress.next_back().map(|name| self.directory.path_of(&name));
        let visible = self.directory.published().filter(|published| is_other(&published.tag));
        let visible = visible.map(|published| self.directory.path_of(&Name::Visible(published.number)));
        match visible.or(in_progress) {
            None => Ok(()),
            Some(path) => Err(Trouble::Failed(refused(run.unknown_batches(&format!(
                "`{}` was written with another checkpoint",
                path.display()
            ))))),
        }
    }

    fn salvage(&mut self, name: &Name, number: u64, bytes: u64) -> Result<(), Trouble> {
        let path = self.directory.path_of(name);
        if bytes == 0 {
            return Directory::remove(&path);
        }
        let Some(file) = Directory::open_file(&path)? else {
            return Ok(());
        };
        at_least(bytes, Directory::length(&path)?.unwrap_or(0), &path)?;
        self.directory.disk.cut(&path, &file, bytes)?;
        let tag = String::new();
        self.directory.publish(&path, &Published { tag, number, bytes })
    }

    /// How much of which file counts once the prepared batch is decided.
    pub(super) fn receipt(&self) -> Option<String> {
        let (part, first, _) = (self.part.as_ref()?, self.first?, self.tag.as_ref()?);
        let receipt = Receipt {
            first,
            part: part.number,
            bytes: part.prepared?,
            since: part.since,
        };
        serde_json::to_string(&receipt).ok()
    }

    /// Goes on where the last batch that counts left off.
    pub(super) fn resume(&mut self, last: &BatchId, receipt: Option<&str>) -> Result<(), Trouble> {
        let receipt: Option<Receipt> = match receipt {
            None => None,
            Some(text) => Some(serde_json::from_str(text).map_err(|e| {
                refused(format!(
                    "cannot read what the checkpoint knows of `{}`, `{text}`: {e}: start once with the version that wrote it",
                    self.directory.path.display()
                ))
            })?),
        };
        self.is_not_ahead(last, receipt.as_ref())?;
        if let Some(receipt) = &receipt {
            self.first = Some(receipt.first);
            self.take_up(receipt)?;
        }
        let ours = receipt.map(|receipt| receipt.part);
        for name in self.directory.list()? {
            if matches!(&name, Name::Kept(part, tag) if Some(tag) == self.tag.as_ref() && Some(*part) != ours) {
                Directory::remove(&self.directory.path_of(&name))?;
            }
        }
        self.directory.disk.sync_directory(&self.directory.path)
    }

    /// Refuses to go on behind what is visible already: it would be there twice.
    fn is_not_ahead(&mut self, last: &BatchId, receipt: Option<&Receipt>) -> Result<(), Trouble> {
        let tag = self.tag.clone().unwrap_or_default();
        let noted = self.directory.published().filter(|published| published.tag == tag);
        let noted = noted.map(|published| published.number);
        let visible = self.directory.list()?.into_iter().filter_map(|name| match name {
            // Without a receipt, files may be those of earlier runs.
            Name::Visible(number) if receipt.is_some() => Some(number),
            _ => None,
        });
        let known = receipt.map(|receipt| receipt.part);
        match noted.into_iter().chain(visible).max() {
            Some(number) if known.is_none_or(|known| number > known) => {
                let path = self.directory.path_of(&Name::Visible(number));
                Err(Trouble::Failed(ahead(&path, last)))
            }
            _ => Ok(()),
        }
    }

    /// Finds the file that the receipt is about.
    fn take_up(&mut self, receipt: &Receipt) -> Result<(), Trouble> {
        let tag = self.tag.clone().unwrap_or_default();
        let hidden = self.directory.path_of(&Name::Kept(receipt.part, tag.clone()));
        let visible = self.directory.path_of(&Name::Visible(receipt.part));
        if let Some(file) = Directory::open_file(&hidden)? {
            at_least(receipt.bytes, Directory::length(&hidden)?.unwrap_or(0), &hidden)?;
            self.directory.disk.cut(&hidden, &file, receipt.bytes)?;
            let age = self.clock.epoch_millis().saturating_sub(receipt.since);
            self.part = Some(Part {
                number: receipt.part,
                hidden,
                file,
                counted: receipt.bytes,
                prepared: None,
                given_up: false,
                inherited: true,
                since: receipt.since,
                older: Duration::from_millis(u64::try_from(age).unwrap_or(0)),
                opened: self.clock.elapsed(),
            });
            return Ok(());
        }
        match Directory::length(&visible)? {
            Some(length) if length > receipt.bytes => Err(Trouble::Failed(refused(format!(
                "`{}` has {length} bytes, and the checkpoint knows of {}: the checkpoint is older than the output, or the file was changed: use the newest checkpoint, or begin anew with another directory",
                visible.display(),
                receipt.bytes
            )))),
            Some(length) => at_least(receipt.bytes, length, &visible),
            None => self.was_published(receipt, tag, &visible),
        }
    }

    /// A reader may have taken the file away.
    fn was_published(&mut self, receipt: &Receipt, tag: String, visible: &Path) -> Result<(), Trouble> {
        let (number, bytes) = (receipt.part, receipt.bytes);
        if self.directory.published() == Some(Published { tag, number, bytes }) {
            let path = visible.display();
            tracing::warn!(%path, "the last file that was written is not there any more");
            return Ok(());
        }
        Err(Trouble::Failed(refused(format!(
            "`{}` is not there, neither in progress nor whole, and the checkpoint counts on {bytes} bytes of it: put the files of the directory back, or begin anew with another checkpoint and directory",
            visible.display()
        ))))
    }
}

/// What is there and what the checkpoint knows do not fit together.
fn refused(message: String) -> SinkError {
    SinkError::new(message).permanent()
}

fn at_least(counted: u64, length: u64, path: &Path) -> Result<(), Trouble> {
    if length >= counted {
        return Ok(());
    }
    Err(Trouble::Failed(refused(format!(
        "`{}` has {length} bytes, and {counted} were written: the disk or somebody has lost some: put the file back, or begin anew with another checkpoint and directory",
        path.display()
    ))))
}

fn ahead(path: &Path, last: &BatchId) -> SinkError {
    refused(format!(
        "`{}` is newer than batch {}, the last one in the checkpoint: the checkpoint is older than the output, or another run has written there: use the newest checkpoint, or begin anew with another directory",
        path.display(),
        last.batch
    ))
}
