//! A filesystem in memory that remembers in which order what was done to it, and which of it was made durable.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::Expected;
use super::{DataFile, Filesystem};

/// A disk as a process sees it. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    state: Arc<Mutex<State>>,
    /// Whether compactions run beside the journal.
    pub background: bool,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Vec<u8>>,
    names: BTreeMap<String, usize>,
    log: Vec<Op>,
    locked: bool,
    calls: Vec<Call>,
    fault: Option<Fault>,
    /// How many bytes fit.
    space: Option<usize>,
}

/// Something that was done, in order.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Made {
        name: String,
        file: usize,
    },
    Renamed {
        from: String,
        to: String,
    },
    Removed {
        name: String,
    },
    NamesSynced,
    Wrote {
        file: usize,
        at: usize,
        bytes: Arc<[u8]>,
    },
    Cut {
        file: usize,
        length: usize,
    },
    Synced {
        file: usize,
    },
    /// The sync failed: the system takes what it had to write for written.
    SyncFailed {
        file: usize,
    },
    /// From here on this is expected after a crash.
    Expect(Arc<Expected>),
}

/// What a process calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Read,
    Make,
    Write,
    Cut,
    Sync,
    Rename,
    Remove,
    SyncNames,
}

/// A call that fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    /// The number of the call, from 0.
    pub at: usize,
    pub kind: io::ErrorKind,
}

/// An open file.
#[derive(Debug)]
pub(super) struct DiskFile {
    disk: Disk,
    file: usize,
}

/// A lock that is held.
#[derive(Debug)]
pub(super) struct DiskLock(Disk);

impl Disk {
    /// A disk with these files, all durable.
    pub(super) fn with(files: BTreeMap<String, Vec<u8>>) -> Self {
        let disk = Self::default();
        let mut state = disk.state();
        for (name, content) in files {
            let file = state.files.len();
            state.files.push(content);
            state.names.insert(name, file);
        }
        drop(state);
        disk
    }

    /// The files as a process sees them.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state
            .names
            .iter()
            .map(|(name, file)| (name.clone(), state.files[*file].clone()))
            .collect()
    }

    pub(super) fn log(&self) -> Vec<Op> {
        self.state().log.clone()
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// Lets calls fail from now on; calls are counted anew.
    pub(super) fn fault(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.calls.clear();
        state.fault = fault;
    }

    pub(super) fn space(&self, space: Option<usize>) {
        self.state().space = space;
    }

    /// Changes a byte of a file behind the back of everyone.
    pub(super) fn change(&self, name: &str, at: usize) {
        let mut state = self.state();
        let file = state.names[name];
        state.files[file][at] ^= 1;
    }

    pub(super) fn expect(&self, expected: &Expected) {
        self.state().log.push(Op::Expect(Arc::new(expected.clone())));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn call(&mut self, call: Call) -> io::Result<()> {
        let number = self.calls.len();
        self.calls.push(call);
        match self.fault {
            Some(fault) if fault.at == number => Err(fault.kind.into()),
            _ => Ok(()),
        }
    }

    /// How many of `bytes` more there is space for.
    fn fitting(&self, bytes: usize) -> usize {
        let used = self.names.values().map(|file| self.files[*file].len()).sum::<usize>();
        self.space.map_or(bytes, |space| space.saturating_sub(used).min(bytes))
    }

    fn write(&mut self, file: usize, at: usize, bytes: &[u8]) {
        let content = &mut self.files[file];
        if content.len() < at + bytes.len() {
            content.resize(at + bytes.len(), 0);
        }
        content[at..at + bytes.len()].copy_from_slice(bytes);
        self.log.push(Op::Wrote {
            file,
            at,
            bytes: bytes.into(),
        });
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("the path of a file")
        .into()
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Filesystem for Disk {
    type File = DiskFile;
    type Lock = DiskLock;

    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _: &Path) -> io::Result<Result<DiskLock, String>> {
        let mut state = self.state();
        if std::mem::replace(&mut state.locked, true) {
            return Ok(Err("another journal".into()));
        }
        Ok(Ok(DiskLock(self.clone())))
    }

    fn names(&self, _: &Path) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.call(Call::Read)?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, path: &Path) -> io::Result<DiskFile> {
        let mut state = self.state();
        state.call(Call::Make)?;
        let name = name(path);
        let file = if let Some(file) = state.names.get(&name).copied() {
            state.files[file].clear();
            state.log.push(Op::Cut { file, length: 0 });
            file
        } else {
            let file = state.files.len();
            state.files.push(Vec::new());
            state.names.insert(name.clone(), file);
            state.log.push(Op::Made { name, file });
            file
        };
        drop(state);
        Ok(DiskFile {
            disk: self.clone(),
            file,
        })
    }

    fn open(&self, path: &Path) -> io::Result<DiskFile> {
        let mut state = self.state();
        state.call(Call::Read)?;
        let file = *state.names.get(&name(path)).ok_or_else(missing)?;
        drop(state);
        Ok(DiskFile {
            disk: self.clone(),
            file,
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call(Call::Rename)?;
        let (from, to) = (name(from), name(to));
        let file = state.names.remove(&from).ok_or_else(missing)?;
        state.names.insert(to.clone(), file);
        state.log.push(Op::Renamed { from, to });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call(Call::Remove)?;
        let name = name(path);
        state.names.remove(&name).ok_or_else(missing)?;
        state.log.push(Op::Removed { name });
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call(Call::SyncNames)?;
        state.log.push(Op::NamesSynced);
        Ok(())
    }

    fn in_background(&self) -> bool {
        self.background
    }
}

impl DataFile for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call(Call::Read)?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = state.files[self.file]
            .get(offset..offset + buffer.len())
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        if let Err(error) = state.call(Call::Write) {
            state.write(self.file, offset, &bytes[..bytes.len() / 2]);
            return Err(error);
        }
        let grows = (offset + bytes.len()).saturating_sub(state.files[self.file].len());
        let lacking = grows - state.fitting(grows);
        state.write(self.file, offset, &bytes[..bytes.len() - lacking]);
        match lacking {
            0 => Ok(()),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.call(Call::Cut)?;
        let length = usize::try_from(length).map_err(io::Error::other)?;
        state.files[self.file].resize(length, 0);
        state.log.push(Op::Cut {
            file: self.file,
            length,
        });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let called = state.call(Call::Sync);
        state.log.push(match called {
            Ok(()) => Op::Synced { file: self.file },
            Err(_) => Op::SyncFailed { file: self.file },
        });
        called
    }
}

impl Drop for DiskLock {
    fn drop(&mut self) {
        self.0.state().locked = false;
    }
}
