//! The pattern: what it matches, which directories that concerns, and what to say when it matches nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::os::Look;
use crate::source::SourceError;

/// A hidden file matches only a pattern that begins with a dot: such files are being written, or are not data.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: false,
    require_literal_leading_dot: true,
};

/// A pattern, cut at its separators.
#[derive(Debug)]
pub(super) struct Glob {
    text: String,
    /// Where the pattern begins: nothing for a relative one.
    root: PathBuf,
    parts: Vec<Part>,
}

/// What a pattern says of one level of directories.
#[derive(Debug)]
enum Part {
    Literal(String),
    Wild(Pattern),
    /// `**`: any number of directories.
    Deep,
}

/// What a walk over the directories found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The files that match, in name order.
    pub(super) files: Vec<Found>,
    /// The directories in which files may appear that match.
    pub(super) directories: Vec<PathBuf>,
    /// What could not be looked at.
    pub(super) errors: BTreeMap<PathBuf, io::Error>,
}

/// A file that matches.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) look: Look,
    /// The path is a symbolic link to the file.
    pub(super) is_link: bool,
}

impl Walk {
    /// Whether the walk could not see what stands at `path`.
    pub(super) fn is_blind_to(&self, path: &Path) -> bool {
        path.ancestors().any(|ancestor| self.errors.contains_key(ancestor))
    }

    fn failed(&mut self, path: &Path, error: io::Error) {
        use io::ErrorKind::{NotADirectory, NotFound};
        // What vanishes while the walk goes on is no fault.
        if !matches!(error.kind(), NotFound | NotADirectory) {
            self.errors.insert(path.to_owned(), error);
        }
    }

    fn look(&mut self, path: PathBuf, is_link: bool) {
        match Look::at(&path) {
            Ok(Some(look)) => self.files.push(Found { path, look, is_link }),
            Ok(None) => {}
            Err(error) => self.failed(&path, error),
        }
    }
}

impl Glob {
    pub(super) fn new(text: &str) -> Result<Self, SourceError> {
        let refused = |error: glob::PatternError| {
            SourceError::new(format!(
                "`{text}` is not a file pattern: {} at {}",
                error.msg, error.pos
            ))
            .permanent()
        };
        Pattern::new(text).map_err(refused)?;
        let (mut root, mut parts) = (PathBuf::new(), Vec::new());
        for component in Path::new(text).components() {
            let name = component.as_os_str().to_string_lossy();
            match component {
                Component::Prefix(_) | Component::RootDir => root.push(component),
                Component::Normal(_) if name == "**" => parts.push(Part::Deep),
                Component::Normal(_) if Pattern::escape(&name) != name => {
                    parts.push(Part::Wild(Pattern::new(&name).map_err(refused)?));
                }
                _ => parts.push(Part::Literal(name.into_owned())),
            }
        }
        if matches!(parts.last(), Some(Part::Deep)) {
            parts.push(Part::Wild(Pattern::new("*").map_err(refused)?));
        }
        Ok(Self {
            text: text.to_owned(),
            root,
            parts,
        })
    }

    /// Looks for everything that matches.
    pub(super) fn walk(&self) -> Walk {
        let mut walk = Walk::default();
        descend(&self.root, &self.parts, &mut walk);
        walk.files.sort_by(|a, b| a.path.cmp(&b.path));
        walk.files.dedup_by(|a, b| a.path == b.path);
        walk.directories.sort();
        walk.directories.dedup();
        walk
    }

    /// Whether a path, written as a walk writes it, matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let names = path.strip_prefix(&self.root).unwrap_or(path).components();
        let names: Vec<String> = names
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        fits(&names, &self.parts)
    }

    /// Why nothing matches, and what to do.
    pub(super) fn no_match(&self) -> String {
        let (text, path) = (&self.text, Path::new(&self.text));
        if path.is_dir() {
            let all = path.join("*");
            return format!("`{text}` is a directory: write `{}` for its files", all.display());
        }
        if path.exists() {
            let literal = text.replace('[', "[[]").replace('*', "[*]").replace('?', "[?]");
            return format!(
                "no file matches `{text}`: `[` begins a set of characters there; for the file of that name, write `{literal}`"
            );
        }
        let literal = self
            .parts
            .iter()
            .take_while(|part| matches!(part, Part::Literal(_)))
            .count();
        // The last part names a file.
        let count = literal.min(self.parts.len().saturating_sub(1));
        let wanted = self.directory(count);
        let deepest = (0..=count)
            .rev()
            .map(|count| self.directory(count))
            .find(|directory| directory.is_dir())
            .unwrap_or_default();
        let why = if wanted == deepest {
            format!("no such file in `{}`", wanted.display())
        } else {
            format!(
                "there is no directory `{}`, only `{}`",
                wanted.display(),
                deepest.display()
            )
        };
        let hint = if text.contains('[') {
            "; `[` begins a set of characters: write `[[]` for the character itself"
        } else {
            ""
        };
        format!("no file matches `{text}`: {why}{hint}")
    }

    /// The directory that the first parts name.
    fn directory(&self, parts: usize) -> PathBuf {
        let mut directory = self.root.clone();
        for part in &self.parts[..parts] {
            if let Part::Literal(name) = part {
                directory.push(name);
            }
        }
        std::path::absolute(Path::new(".").join(directory)).unwrap_or_default()
    }
}

/// A path that can be opened: nothing is the present directory.
fn openable(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    }
}

fn descend(directory: &Path, parts: &[Part], walk: &mut Walk) {
    match parts {
        [] => {}
        [Part::Literal(name)] => {
            walk.directories.push(directory.to_owned());
            let path = directory.join(name);
            let is_link = path.is_symlink();
            walk.look(path, is_link);
        }
        [Part::Literal(name), rest @ ..] => {
            let path = directory.join(name);
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => descend(&path, rest, walk),
                // It may appear.
                Ok(_) => walk.directories.push(directory.to_owned()),
                Err(error) => {
                    if directory.as_os_str().is_empty() || directory.is_dir() {
                        walk.directories.push(directory.to_owned());
                    }
                    walk.failed(&path, error);
                }
            }
        }
        [Part::Wild(pattern), rest @ ..] => {
            walk.directories.push(directory.to_owned());
            for (name, kind) in entries(directory, walk) {
                if !pattern.matches_with(&name.to_string_lossy(), OPTIONS) {
                    continue;
                }
                let path = directory.join(&name);
                if rest.is_empty() {
                    if !kind.is_dir() {
                        walk.look(path, kind.is_symlink());
                    }
                } else if kind.is_dir() || (kind.is_symlink() && path.is_dir()) {
                    descend(&path, rest, walk);
                }
            }
        }
        [Part::Deep, rest @ ..] => {
            walk.directories.push(directory.to_owned());
            descend(directory, rest, walk);
            for (name, kind) in entries(directory, walk) {
                // A link may lead back to where the walk came from.
                if kind.is_dir() && !name.to_string_lossy().starts_with('.') {
                    descend(&directory.join(&name), parts, walk);
                }
            }
        }
    }
}

fn entries(directory: &Path, walk: &mut Walk) -> Vec<(std::ffi::OsString, std::fs::FileType)> {
    let mut found = Vec::new();
    let read = std::fs::read_dir(openable(directory)).and_then(|entries| {
        for entry in entries {
            let entry = entry?;
            found.push((entry.file_name(), entry.file_type()?));
        }
        Ok(())
    });
    if let Err(error) = read {
        walk.failed(directory, error);
    }
    found
}

fn fits(names: &[String], parts: &[Part]) -> bool {
    match (names, parts) {
        ([], []) => true,
        ([name, names @ ..], [Part::Literal(part), parts @ ..]) => name == part && fits(names, parts),
        ([name, names @ ..], [Part::Wild(pattern), parts @ ..]) => {
            pattern.matches_with(name, OPTIONS) && fits(names, parts)
        }
        (names, [Part::Deep, rest @ ..]) => {
            fits(names, rest)
                || names
                    .split_first()
                    .is_some_and(|(name, names)| !name.starts_with('.') && fits(names, parts))
        }
        _ => false,
    }
}
