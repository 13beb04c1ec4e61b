//! Files that are moved to another file system, where they have another identity.

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use super::*;

/// Two directories on different file systems, and one with a link to each of them.
struct Two {
    memory: tempfile::TempDir,
    disk: tempfile::TempDir,
    links: tempfile::TempDir,
}

impl Two {
    /// Nothing where this machine has no other file system that everybody may write to.
    fn new() -> Option<Self> {
        let memory = tempfile::tempdir_in("/dev/shm").ok()?;
        let (disk, links) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let device = |directory: &tempfile::TempDir| fs::metadata(directory.path()).unwrap().dev();
        if device(&memory) == device(&disk) {
            return None;
        }
        symlink(memory.path(), links.path().join("memory")).unwrap();
        symlink(disk.path(), links.path().join("disk")).unwrap();
        Some(Self { memory, disk, links })
    }

    /// A file of both.
    fn files(&self) -> (PathBuf, PathBuf) {
        (self.memory.path().join("a.log"), self.disk.path().join("a.log"))
    }

    fn pattern(&self) -> String {
        pattern(self.links.path(), "*/*.log")
    }
}

fn mv(from: &Path, to: &Path) {
    let moved = Command::new("mv").args([from, to]).status();
    assert!(moved.unwrap().success());
}

/// Reads so many records, and says where reading of the last file stands then.
async fn read_some(source: &mut Files, count: usize) -> (Vec<String>, FilePosition) {
    let (mut records, mut position) = (Vec::new(), None);
    while records.len() < count {
        match timeout(LONG, source.next()).await {
            Ok(Ok(Event::Chunk(fetched))) => {
                records.extend(show(&fetched.chunk));
                position = Some(fetched.next);
            }
            Ok(Ok(_)) => {}
            other => panic!("{other:?} after {records:?}"),
        }
    }
    (records, position.unwrap())
}

#[tokio::test]
async fn a_file_that_is_moved_while_the_pipeline_runs_is_read_on() {
    let Some(two) = Two::new() else { return };
    let (from, to) = two.files();
    append(&from, "1\n2\n");
    let mut source = files(two.pattern());
    source.open(how(false, 1000)).await.unwrap();
    assert_eq!(read(&mut source).await, ["a.log@0: 1", "a.log@2: 2"]);
    append(&from, "3\n");
    mv(&from, &to);
    // A line that was appended just before is read of the file that is open, or of the copy.
    let (mut records, mut is_known) = (Vec::new(), false);
    while records.is_empty() || !is_known {
        match timeout(LONG, source.next()).await {
            Ok(Ok(Event::Chunk(fetched))) => {
                records.extend(show(&fetched.chunk));
                is_known |= Path::new(&fetched.next.path).parent().unwrap().ends_with("disk");
            }
            Ok(Ok(Event::Moved { next, .. })) => is_known |= Path::new(&next.path).parent().unwrap().ends_with("disk"),
            Ok(Ok(_)) => {}
            other => panic!("{other:?} after {records:?}"),
        }
    }
    append(&to, "4\n");
    records.extend(read_some(&mut source, 1).await.0);
    assert_eq!(records, ["a.log@4: 3", "a.log@6: 4"]);
}

#[tokio::test]
async fn a_file_that_was_moved_between_two_runs_is_read_on() {
    for bounded in [true, false] {
        let Some(two) = Two::new() else { return };
        let (from, to) = two.files();
        append(&from, "1\n2\n");
        let mut source = files(two.pattern());
        source.open(how(false, 1000)).await.unwrap();
        let (_, position) = read_some(&mut source, 2).await;
        drop(source);
        mv(&from, &to);
        let mut source = files(two.pattern());
        let resume = vec![(two.pattern(), position)];
        source
            .open(Open {
                resume,
                ..how(bounded, 1000)
            })
            .await
            .unwrap();
        assert_eq!(read(&mut source).await, Vec::<String>::new(), "bounded: {bounded}");
        if !bounded {
            append(&to, "3\n");
            assert_eq!(read_some(&mut source, 1).await.0, ["a.log@4: 3"]);
        }
    }
}
