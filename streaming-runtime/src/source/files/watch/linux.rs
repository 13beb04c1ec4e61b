//! inotify.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::Changes;

/// What is told of a directory. That a file is opened, read or closed is of no interest.
const OF_DIRECTORIES: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF);

/// What is told of a file that a link in another directory leads to.
const OF_FILES: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF);

/// File systems whose files others may change, without a notification.
const REMOTE: [u32; 10] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x6573_5546, // FUSE
    0x0102_1997, // 9p
    0x5346_414f, // AFS
    0x00c3_6400, // Ceph
    0x0bd0_0bd0, // Lustre
    0x4750_4653, // GPFS
];

/// Watches directories, and files that are reached through links.
#[derive(Debug)]
pub(in crate::source::files) struct Watch {
    /// Nothing where the system allows no more of them.
    inotify: Option<OwnedFd>,
    waker: Arc<Option<OwnedFd>>,
    paths: HashMap<i32, BTreeSet<PathBuf>>,
    watched: HashMap<PathBuf, i32>,
    buffer: Box<[MaybeUninit<u8>]>,
    /// Changes in all that matters are told.
    complete: bool,
    /// It was said that they are not.
    told: bool,
}

/// Ends a wait.
#[derive(Debug)]
pub(in crate::source::files) struct Waker(Arc<Option<OwnedFd>>);

impl Waker {
    pub(in crate::source::files) fn wake(&self) {
        if let Some(waker) = self.0.as_ref() {
            let _ = rustix::io::write(waker, &1u64.to_ne_bytes());
        }
    }
}

impl Watch {
    pub(in crate::source::files) fn new() -> (Self, Waker) {
        let waker = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok());
        let watch = Self {
            inotify: new_inotify(),
            waker: Arc::clone(&waker),
            paths: HashMap::new(),
            watched: HashMap::new(),
            buffer: vec![MaybeUninit::uninit(); 64 << 10].into_boxed_slice(),
            complete: false,
            told: false,
        };
        (watch, Waker(waker))
    }

    /// Watches these directories and files, and nothing else. Says whether something is watched that was not before.
    pub(in crate::source::files) fn set(&mut self, directories: &[PathBuf], files: &BTreeSet<PathBuf>) -> bool {
        if self.inotify.is_none() {
            // Where there was none to be had, there may be one now.
            self.inotify = new_inotify();
        }
        let Some(inotify) = &self.inotify else {
            self.incomplete("the system gives out no more inotify instances, or no more files may be open");
            return false;
        };
        let wanted = |path: &PathBuf| files.contains(path) || directories.binary_search(path).is_ok();
        for (wd, paths) in &mut self.paths {
            paths.retain(wanted);
            if paths.is_empty() {
                let _ = inotify::remove_watch(inotify, *wd);
            }
        }
        self.paths.retain(|_, paths| !paths.is_empty());
        self.watched.retain(|path, _| wanted(path));
        let (mut added, mut failed) = (false, None);
        let wanted = directories.iter().map(|path| (path, OF_DIRECTORIES));
        for (path, what) in wanted.chain(files.iter().map(|path| (path, OF_FILES))) {
            if self.watched.contains_key(path) {
                continue;
            }
            match inotify::add_watch(inotify, openable(path), what) {
                Ok(wd) => {
                    self.paths.entry(wd).or_default().insert(path.clone());
                    self.watched.insert(path.clone(), wd);
                    added = true;
                    if is_remote(path) {
                        failed = Some(format!("`{}` is on a network file system", path.display()));
                    }
                }
                // It has vanished, or cannot be read, which the walk tells.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => {}
                Err(error) => failed = Some(format!("`{}` cannot be watched: {error}", path.display())),
            }
        }
        self.complete = failed.is_none() && (self.complete || !self.watched.is_empty());
        if let Some(why) = failed {
            self.incomplete(&why);
        }
        added
    }

    fn incomplete(&mut self, why: &str) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::info!("changes of files are not all told, so the files are looked at again and again: {why}");
        }
    }

    /// Whether changes of every file are told.
    pub(in crate::source::files) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Waits until something changes, but no longer than this.
    pub(in crate::source::files) fn wait(&mut self, limit: Duration) {
        let limit = Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: limit.subsec_nanos().into(),
        };
        let of = |fd| PollFd::new(fd, PollFlags::IN);
        let waker = self.waker.as_ref().as_ref();
        let mut fds: Vec<PollFd<'_>> = self.inotify.iter().chain(waker).map(of).collect();
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, Some(&limit));
    }

    /// What has changed since this was last called.
    pub(in crate::source::files) fn take(&mut self) -> Changes {
        let mut changes = Changes::default();
        let Some(inotify) = &self.inotify else {
            return changes;
        };
        let mut gone = Vec::new();
        let mut renamed: HashMap<u32, BTreeSet<PathBuf>> = HashMap::new();
        let mut events = Reader::new(inotify, &mut self.buffer);
        while let Ok(event) = events.next() {
            let what = event.events();
            if what.intersects(ReadFlags::QUEUE_OVERFLOW | ReadFlags::UNMOUNT) {
                changes.rescan = true;
            }
            let Some(paths) = self.paths.get(&event.wd()) else {
                continue;
            };
            if what.intersects(ReadFlags::IGNORED | ReadFlags::MOVE_SELF | ReadFlags::DELETE_SELF) {
                changes.rescan = true;
                gone.push(event.wd());
            } else if what.intersects(ReadFlags::ISDIR) {
                changes.rescan = true;
            } else if let Some(name) = event.file_name() {
                let name = OsStr::from_bytes(name.to_bytes());
                let named: BTreeSet<PathBuf> = paths.iter().map(|directory| directory.join(name)).collect();
                if what.intersects(ReadFlags::MOVED_FROM) {
                    renamed.insert(event.cookie(), named.clone());
                } else if what.intersects(ReadFlags::MOVED_TO)
                    && let Some(from) = renamed.remove(&event.cookie())
                {
                    let to = named.first().cloned();
                    changes.renamed.extend(from.into_iter().zip(to.into_iter().cycle()));
                }
                changes.paths.extend(named);
            } else {
                changes.paths.extend(paths.iter().cloned());
            }
        }
        for wd in gone {
            let _ = inotify::remove_watch(inotify, wd);
            for path in self.paths.remove(&wd).into_iter().flatten() {
                self.watched.remove(&path);
            }
        }
        changes
    }
}

fn new_inotify() -> Option<OwnedFd> {
    inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()
}

fn openable(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn is_remote(path: &Path) -> bool {
    let Ok(about) = rustix::fs::statfs(openable(path)) else {
        return false;
    };
    // The type has 32 bits everywhere, and is signed on some machines.
    let kind = i128::from(about.f_type) & 0xffff_ffff;
    REMOTE.iter().any(|remote| i128::from(*remote) == kind)
}
