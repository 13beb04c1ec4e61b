//! Which files there are, how far each was read, and which comes next.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::FilesPosition;
use crate::source::SourceError;

/// A hidden file matches only a pattern that begins with a dot: such files are being written, or are not data.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: false,
    require_literal_leading_dot: true,
};

/// Part of a file that waits to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) from: u64,
    /// Where to stop; nothing for the end of the file.
    pub(super) to: Option<u64>,
    /// The file is complete: its last line counts with or without a line end.
    pub(super) complete: bool,
}

/// How far a file was read.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Everything before was handed out.
    offset: u64,
    /// How long the file was.
    len: u64,
}

/// The files of a pattern.
#[derive(Debug)]
pub(super) struct Listing {
    pattern: String,
    known: HashMap<PathBuf, Known>,
    waiting: VecDeque<Job>,
    /// The last file in name order that was opened.
    last: String,
}

impl Listing {
    pub(super) fn new(pattern: String) -> Self {
        Self {
            pattern,
            known: HashMap::new(),
            waiting: VecDeque::new(),
            last: String::new(),
        }
    }

    /// Takes every file up to a position as read.
    pub(super) fn resume(&mut self, position: &FilesPosition) -> Result<(), SourceError> {
        for (path, len) in self.matches()? {
            let name = path.to_string_lossy();
            if name == position.file {
                // A length that cannot be true: the file is looked at again.
                let (offset, len) = (position.offset, u64::MAX);
                self.known.insert(path, Known { offset, len });
            } else if *name <= *position.last {
                self.known.insert(path, Known { offset: len, len });
            }
        }
        self.last.clone_from(&position.last);
        Ok(())
    }

    /// Queues what is there now, to be read up to its present length.
    pub(super) fn snapshot(&mut self) -> Result<(), SourceError> {
        let files = self.matches()?;
        if files.is_empty() {
            return Err(no_match(&self.pattern));
        }
        for (path, len) in files {
            let from = self.known.get(&path).map_or(0, |known| known.offset);
            if from < len {
                self.waiting.push_back(Job {
                    path,
                    from,
                    to: Some(len),
                    complete: true,
                });
            }
        }
        Ok(())
    }

    /// Queues files that are new and files that have grown.
    pub(super) fn refresh(&mut self) -> Result<(), SourceError> {
        let files = self.matches()?;
        let mut still_there = HashMap::with_capacity(files.len());
        for (path, len) in files {
            let known = self.known.remove(&path);
            if let Some(job) = job(&path, len, known) {
                self.waiting.push_back(job);
            }
            if let Some(known) = known {
                still_there.insert(path, known);
            }
        }
        self.known = still_there;
        Ok(())
    }

    /// The next part to read.
    pub(super) fn pop(&mut self) -> Option<Job> {
        let job = self.waiting.pop_front()?;
        let name = job.path.to_string_lossy();
        if *name > *self.last {
            self.last = name.into_owned();
        }
        Some(job)
    }

    /// A file was read to its end at `len`; everything before `offset` was handed out.
    pub(super) fn done(&mut self, path: PathBuf, offset: u64, len: u64) {
        self.known.insert(path, Known { offset, len });
    }

    /// Where reading stands when `file` was handed out up to `offset`.
    pub(super) fn position(&self, file: &Path, offset: u64) -> FilesPosition {
        FilesPosition {
            file: file.to_string_lossy().into_owned(),
            offset,
            last: self.last.clone(),
        }
    }

    /// The files that match, with their lengths, in name order.
    fn matches(&self) -> Result<Vec<(PathBuf, u64)>, SourceError> {
        let pattern = &self.pattern;
        let paths = glob::glob_with(pattern, OPTIONS)
            .map_err(|e| SourceError(format!("`{pattern}` is not a file pattern: {} at {}", e.msg, e.pos)))?;
        let mut files = Vec::new();
        for path in paths {
            let path = path.map_err(|e| SourceError(format!("cannot list files of `{pattern}`: {e}")))?;
            // A file may vanish between the listing and the look at it.
            if let Ok(metadata) = path.metadata()
                && metadata.is_file()
            {
                files.push((path, metadata.len()));
            }
        }
        files.sort();
        Ok(files)
    }
}

/// What is to be read of a file of this length.
fn job(path: &Path, len: u64, known: Option<Known>) -> Option<Job> {
    let (from, complete) = match known {
        None => (0, false),
        Some(known) if len < known.offset => {
            let path = path.display();
            tracing::warn!(%path, "the file became shorter: it is read again from its start");
            (0, false)
        }
        Some(known) if len != known.len => (known.offset, false),
        // It has not changed since it was read: what is left is the last line.
        Some(known) if known.offset < len => (known.offset, true),
        Some(_) => return None,
    };
    Some(Job {
        path: path.to_owned(),
        from,
        to: None,
        complete,
    })
}

fn no_match(pattern: &str) -> SourceError {
    let path = Path::new(pattern);
    if path.is_dir() {
        let all = path.join("*");
        return SourceError(format!(
            "`{pattern}` is a directory: write `{}` for its files",
            all.display()
        ));
    }
    let fixed: PathBuf = path
        .components()
        .take_while(|part| {
            let part = part.as_os_str().to_string_lossy();
            Pattern::escape(&part) == part
        })
        .collect();
    let directory = if fixed == path {
        fixed.parent().map(Path::to_owned).unwrap_or_default()
    } else {
        fixed
    };
    let directory = std::path::absolute(Path::new(".").join(directory)).unwrap_or_default();
    let why = if directory.is_dir() {
        "no such file in"
    } else {
        "there is no directory"
    };
    SourceError(format!("no file matches `{pattern}`: {why} `{}`", directory.display()))
}
