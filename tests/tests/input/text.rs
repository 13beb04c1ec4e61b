//! Text as people have it: what it holds, what is wrong with it, and that every record of it is accounted for.

mod csv;
mod json;
mod lines;
mod sinks;

use std::fs;
use std::path::Path;

use streaming_runtime::Summary;

/// A directory with one file in it, and the pattern that finds it.
fn input(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join(name), content).expect("a file");
    let pattern = format!("{}/{name}", dir.path().display());
    (dir, pattern)
}

/// What a `files` sink wrote, all of it.
fn written(dir: &Path) -> String {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.unwrap());
    let is_visible = |entry: &fs::DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
    let mut paths: Vec<_> = entries.filter(is_visible).map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("text"))
        .collect()
}

/// Records read = used + skipped + dead-lettered.
#[track_caller]
fn assert_kept_account(summary: &Summary, used: usize, errors: u64) {
    assert_eq!((summary.rows_in, summary.errors), (used as u64 + errors, errors));
}
