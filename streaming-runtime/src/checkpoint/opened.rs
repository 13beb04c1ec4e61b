//! A checkpoint that was found: which batch it ends with, and the state up to there.

use std::path::Path;

use super::convert::{self, Conversion};
use super::directory::{self, Directory, MANIFEST, Name, name_of, segment_name, snapshot_name};
use super::error::CheckpointError;
use super::evolve::Note;
use super::filesystem::{DataFile, Filesystem};
use super::history::{History, Lists, Origin};
use super::identity::{Identity, Joined};
use super::journal::{COMPACT_AT, Journal, Start, Tail};
use super::manifest::{Manifest, SnapshotEntry};
use super::planted::{self, Bug};
use super::seal::Seal;
use super::segment::{self, HEADER};
use super::snapshot::Section;

/// A checkpoint as it was found; nothing is appended to it before [`Opened::begin`].
#[derive(Debug)]
pub(crate) struct Opened<F: Filesystem> {
    directory: Directory<F>,
    manifest: Manifest,
    history: History<F>,
    /// The place in the manifest of each operator of this run.
    operators: Vec<u32>,
    last: Option<Last>,
    /// The segment of the batch that was undone, and where the frame before it ends.
    undone: Option<(u64, u64)>,
    /// What has to be done before state is loaded.
    conversion: Option<Conversion>,
    /// What has changed since the checkpoint was written.
    notes: Vec<Note>,
    /// Files that do not count.
    leftovers: Vec<String>,
    compact_at: u64,
}

/// The batch that was decided last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub batch: u64,
    pub meta: Vec<u8>,
    /// Whether what it decided is known to be carried out.
    pub done: bool,
}

/// Opens the checkpoint in a directory, or makes an empty one.
///
/// Everything that will be relied upon is read and checked; where a snapshot is damaged, the one before and a longer piece of the journal
/// take its place. The directory stays locked until what this returns is dropped.
pub(crate) fn open<F: Filesystem>(fs: F, path: &Path, identity: Identity) -> Result<Opened<F>, CheckpointError> {
    let lock = directory::lock(&fs, path)?;
    let names = fs
        .names(path)
        .map_err(|error| CheckpointError::io("list", path, error))?;
    let mut manifest = if names.iter().any(|name| name == MANIFEST) {
        found(&fs, path)?
    } else {
        fresh(&fs, path, &names, &identity)?
    };
    let id = uuid::Uuid::try_parse(&manifest.id)
        .map_err(|_| CheckpointError::damaged(&path.join(MANIFEST), 0, "the id is no UUID"))?;
    let directory = Directory::new(fs, path, Seal::new(id.into_bytes()), lock);
    check_names(&directory, &manifest, &names)?;
    identity.check_name(&manifest)?;
    let stored = manifest.operators.len();
    let (history, base) = read(&directory, &manifest)?;
    if history.keys().iter().any(|(operator, _)| *operator as usize >= stored) {
        let reason = "a file of the checkpoint holds state of an operator that is not listed here";
        return Err(CheckpointError::damaged(&directory.file(MANIFEST), 0, reason));
    }
    let through = history.last.as_ref().map_or(0, |last| last.batch);
    let Joined {
        places,
        conversion,
        notes,
    } = identity.join(&mut manifest, &mut |place| {
        convert::holds(&directory, &history, place, through)
    })?;
    // A snapshot that could not be used is no longer counted on.
    let usable = |entry: &SnapshotEntry| base.is_some_and(|base| entry.batch <= base.batch);
    manifest.snapshots.retain(usable);
    // A segment that was closed was durable before the manifest said so.
    if manifest.segments.last().is_some_and(|entry| entry.bytes.is_none()) {
        make_durable(&directory, &history)?;
    }
    Ok(Opened {
        last: history.last.as_ref().map(|found| Last {
            batch: found.batch,
            meta: found.meta.clone(),
            done: found.done,
        }),
        leftovers: names
            .into_iter()
            .filter(|name| !matches!(name_of(name), Name::Other))
            .collect(),
        directory,
        manifest,
        history,
        operators: places,
        conversion,
        notes,
        undone: None,
        compact_at: COMPACT_AT,
    })
}

impl<F: Filesystem> Opened<F> {
    /// The random id of the directory: 32 hexadecimal digits, made once.
    pub(crate) fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The batch decided last; `None` in a new checkpoint.
    pub(crate) fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// The last batch, which is not done, never happened: [`Opened::last`] is then the one before. Durable with [`Opened::begin`].
    pub(crate) fn undo(&mut self) -> Result<(), CheckpointError> {
        let place = self
            .history
            .last
            .as_ref()
            .filter(|last| !last.done)
            .and_then(|last| last.place);
        let (Some(place), None) = (place, self.undone) else {
            let batch = self
                .last
                .as_ref()
                .map_or("no batch".to_string(), |last| format!("batch {}", last.batch));
            return Err(CheckpointError::Mismatch {
                reason: format!(
                    "the checkpoint ends with {batch}, which is done, but a sink has lost it; bring back what the sink had, or start with a \
                     new checkpoint directory"
                ),
            });
        };
        self.undone = Some(place);
        self.last = self.history.previous.as_ref().map(|found| Last {
            batch: found.batch,
            meta: found.meta.clone(),
            done: true,
        });
        Ok(())
    }

    /// What has changed since the checkpoint was written.
    pub(crate) fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Writes the state up to [`Opened::last`] anew where the program needs it in another form; comes before it is loaded. It counts
    /// with [`Opened::begin`].
    pub(crate) fn convert(&mut self) -> Result<(), CheckpointError> {
        let Some(conversion) = self.conversion.take() else {
            return Ok(());
        };
        let Some(last) = &self.last else {
            conversion.of_nothing(&mut self.manifest);
            return Ok(());
        };
        self.history = conversion.run(&self.directory, &self.history, last, &mut self.manifest)?;
        self.undone = None;
        // What it takes the place of is removed once it counts.
        let names = self.directory.fs.names(&self.directory.path);
        self.leftovers = names.map_err(|error| CheckpointError::io("list", &self.directory.path, error))?;
        Ok(())
    }

    /// How many bytes of a snapshot hold state of an operator of this run in a key partition.
    pub(crate) fn bytes(&self, operator: u32, partition: u32) -> u64 {
        let place = self.operators[operator as usize];
        let base = self.history.base.as_ref();
        let section = base.and_then(|base| base.section(place, partition));
        section.map_or(0, Section::length)
    }

    /// The changes of an operator of this run in a key partition, oldest first, up to [`Opened::last`].
    pub(crate) fn lists(&self, operator: u32, partition: u32) -> Option<Lists<'_, F>> {
        let last = self.last.as_ref()?;
        debug_assert!(self.conversion.is_none(), "state is converted before it is loaded");
        let place = self.operators[operator as usize];
        Some(self.history.lists(&self.directory, (place, partition), last.batch))
    }

    /// A change of an operator of this run cannot be used. The bytes are what was written, so that they are not damaged.
    pub(crate) fn refused(&self, operator: u32, origin: &Origin<'_, F>, reason: &str) -> CheckpointError {
        let name = &self.manifest.operators[self.operators[operator as usize] as usize].name;
        CheckpointError::Mismatch {
            reason: format!("state of operator `{name}` in {origin} cannot be used: {reason}"),
        }
    }

    /// Starts a segment of the journal in a new epoch; durable when this returns.
    pub(crate) fn begin(self) -> Result<Journal<F>, CheckpointError> {
        let mut manifest = self.manifest;
        manifest.epoch += 1;
        for read in &self.history.segments {
            let entry = manifest.segments.iter_mut().find(|entry| entry.segment == read.number);
            entry.expect("what was read is listed").bytes = Some(read.bytes);
        }
        if let Some((segment, start)) = self.undone {
            manifest.cut(segment, start);
        }
        // Segments to which nothing was appended would pile up when a pipeline is restarted over and over.
        while manifest
            .segments
            .last()
            .is_some_and(|entry| entry.bytes == Some(HEADER))
        {
            manifest.segments.pop();
        }
        let file = segment::start(&self.directory, &mut manifest)?;
        for name in &self.leftovers {
            let counts = match name_of(name) {
                Name::Segment(number) => manifest.segments.iter().any(|entry| entry.segment == number),
                Name::Snapshot(batch, generation) => {
                    generation == manifest.generation && manifest.snapshots.iter().any(|entry| entry.batch == batch)
                }
                Name::Unfinished => false,
                Name::Other => true,
            };
            if !counts {
                // It is tried again at the next start.
                let _ = self.directory.fs.remove(&self.directory.file(name));
            }
        }
        let undone = self.undone.is_some();
        let found = if undone {
            self.history.previous
        } else {
            self.history.last.clone()
        };
        Ok(Journal::start(Start {
            tail: found.map(|found| Tail {
                batch: found.batch,
                done: undone || found.done,
                place: found.place,
                previous: (!undone).then(|| found.batch.checked_sub(1)).flatten(),
            }),
            snapshot_bytes: self.history.base.as_ref().map_or(0, |base| base.bytes),
            directory: self.directory,
            manifest,
            operators: self.operators,
            file,
            compact_at: self.compact_at,
        }))
    }

    /// Compaction starts when the journal is this long, not at the usual length.
    #[cfg(test)]
    pub(crate) fn compact_at(mut self, bytes: u64) -> Self {
        self.compact_at = bytes;
        self
    }
}

fn found<F: Filesystem>(fs: &F, path: &Path) -> Result<Manifest, CheckpointError> {
    let file = path.join(MANIFEST);
    let bytes = fs.open(&file).and_then(|open| open.read_vec(0, open.len()?));
    let manifest = Manifest::read(
        &bytes.map_err(|error| CheckpointError::io("read", &file, error))?,
        &file,
    )?;
    // A process that was killed may have left names that are not durable yet.
    directory::sync(fs, path)?;
    Ok(manifest)
}

fn fresh<F: Filesystem>(
    fs: &F,
    path: &Path,
    names: &[String],
    identity: &Identity,
) -> Result<Manifest, CheckpointError> {
    if names
        .iter()
        .any(|name| matches!(name_of(name), Name::Segment(_) | Name::Snapshot(..)))
    {
        let reason = "the manifest is missing, but other files of a checkpoint are there";
        return Err(CheckpointError::damaged(&path.join(MANIFEST), 0, reason));
    }
    let manifest = Manifest::new(uuid::Uuid::new_v4().simple().to_string(), identity);
    manifest.write(fs, path)?;
    Ok(manifest)
}

/// What is listed is there, and nothing is there that an older manifest would not know.
fn check_names<F: Filesystem>(
    directory: &Directory<F>,
    manifest: &Manifest,
    names: &[String],
) -> Result<(), CheckpointError> {
    let segments = manifest.segments.iter().map(|entry| segment_name(entry.segment));
    let snapshots = manifest
        .snapshots
        .iter()
        .map(|entry| snapshot_name(entry.batch, manifest.generation));
    for listed in segments.chain(snapshots) {
        if !names.contains(&listed) {
            return Err(CheckpointError::damaged(
                &directory.file(&listed),
                0,
                "the file is missing",
            ));
        }
    }
    for name in names {
        if let Name::Segment(number) = name_of(name)
            && number >= manifest.next_segment
            && segment::holds_frames(&directory.read(name)?, directory.seal, number)
        {
            let reason = format!("the manifest is older than {name}, which it does not list");
            return Err(CheckpointError::damaged(&directory.file(MANIFEST), 0, reason));
        }
    }
    Ok(())
}

/// The newest snapshot that is whole, with the journal behind it.
fn read<F: Filesystem>(
    directory: &Directory<F>,
    manifest: &Manifest,
) -> Result<(History<F>, Option<SnapshotEntry>), CheckpointError> {
    let snapshots = manifest.snapshots.iter().rev().copied().map(Some);
    let mut newest = None;
    for base in snapshots.chain(manifest.complete.then_some(None)) {
        let history = History::read(directory, manifest.generation, base, &manifest.segments).and_then(|history| {
            history.base.as_ref().map_or(Ok(()), super::snapshot::Snapshot::check)?;
            Ok(history)
        });
        match history {
            Ok(history) => {
                if let Some(damage) = newest {
                    tracing::warn!(%damage, "an older snapshot and the journal take the place of a damaged file");
                }
                return Ok((history, base));
            }
            Err(damage @ CheckpointError::Damaged { .. }) => {
                newest.get_or_insert(damage);
            }
            Err(other) => return Err(other),
        }
    }
    Err(newest.unwrap_or_else(|| {
        CheckpointError::damaged(
            &directory.file(MANIFEST),
            0,
            "neither a snapshot nor the whole journal is listed",
        )
    }))
}

/// Writes the end of the journal once more, and waits until it is durable.
///
/// It was read, but maybe only from memory: the process before may have been killed before the sync, or the sync may have failed.
fn make_durable<F: Filesystem>(directory: &Directory<F>, history: &History<F>) -> Result<(), CheckpointError> {
    let Some(read) = history.segments.last() else {
        return Ok(());
    };
    if planted::is(Bug::RecoveredTailNotSynced) {
        return Ok(());
    }
    let path = directory.file(&segment_name(read.number));
    let from = read.synced.min(read.bytes);
    let tail = read.file.read_vec(from, read.bytes - from);
    let tail = tail.map_err(|error| CheckpointError::io("read", &path, error))?;
    read.file
        .write_all_at(&tail, from)
        .map_err(|error| CheckpointError::writing("write", &path, error))?;
    read.file
        .sync()
        .map_err(|error| CheckpointError::io("sync", &path, error))
}
