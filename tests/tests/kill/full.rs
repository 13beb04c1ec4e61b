//! Files of the victim refuse what it writes: for a while, as a full disk does, or with an error of the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::scope;

use tempfile::TempDir;

use crate::model::{Expected, write_input};
use crate::strace::{how_many, refused};
use crate::victim::{Victim, command};
use streaming_tests::random::Random;

/// What a victim works on.
struct Scene {
    directory: TempDir,
    expected: Expected,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("out/running")).unwrap();
        let mut expected = write_input(directory.path(), 2_000, &mut Random::new(seed));
        expected.end_input(directory.path());
        Self { directory, expected }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn journal(&self) -> PathBuf {
        self.path().join(format!("checkpoint/journal-{:020}.log", 1))
    }

    /// Files of the `files` sink that are not visible yet, when the first life was killed in its midst.
    fn hidden(&self) -> Vec<PathBuf> {
        let mut first = command(self.path(), 2);
        first.env("STREAMING_CRASH_AT", "done:3");
        let ended = Victim::start(first).end();
        assert!(!ended.status.success(), "it has not got there: {}", ended.errors);
        let mut hidden = Vec::new();
        for sink in ["thirds", "windows", "late", "dead"] {
            let entries = fs::read_dir(self.path().join("out").join(sink)).unwrap();
            hidden.extend(entries.map(|entry| entry.unwrap().path()));
        }
        hidden.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(".part-"));
        assert!(!hidden.is_empty(), "nothing is on its way");
        hidden
    }

    /// A life that waits until there is room, and then goes on to its end.
    fn waits(&self, inject: &str, files: &[PathBuf]) {
        let ended = Victim::start(refused(self.path(), inject, files)).end();
        assert!(ended.status.success(), "{inject}: {}", ended.errors);
        assert!(how_many(self.path()) > 0, "{inject} has not struck {files:?}");
        self.expected.check(self.path(), &ended.output);
    }

    /// A life that ends with an error, which names a file; the next one goes on.
    fn fails(&self, inject: &str, files: &[PathBuf]) {
        let ended = Victim::start(refused(self.path(), inject, files)).end();
        assert!(how_many(self.path()) > 0, "{inject} has not struck {files:?}");
        assert!(!ended.status.success(), "{inject} is no error");
        let named = files.iter().any(|file| {
            let name = file.file_name().unwrap().to_string_lossy();
            // Also by the name under which it becomes visible.
            let visible = name.trim_start_matches('.').split(".tmp-").next().unwrap_or_default();
            ended.errors.contains(visible)
        });
        assert!(named, "{inject}, {files:?}: {}", ended.errors);
        let next = Victim::start(command(self.path(), 2)).end();
        assert!(
            next.status.success(),
            "{inject}: {}\nbefore: {}",
            next.errors,
            ended.errors
        );
        self.expected.check(self.path(), &next.output);
    }
}

/// They mostly wait: all at once.
fn at_once(cases: impl IntoIterator<Item = u64>, case: impl Fn(u64) + Sync) {
    scope(|scope| {
        for number in cases {
            let case = &case;
            scope.spawn(move || case(number));
        }
    });
}

#[test]
fn the_journal_waits_for_room() {
    at_once(2..5, |time| {
        let scene = Scene::new(time);
        let inject = format!("inject=pwrite64:error=ENOSPC:when={time}..{}", time + 1);
        scene.waits(&inject, &[scene.journal()]);
    });
}

#[test]
fn the_journal_stops_at_an_error_of_the_disk() {
    at_once(1..6, |time| {
        let scene = Scene::new(time);
        let inject = format!("inject=pwrite64:error=EIO:when={time}");
        scene.fails(&inject, &[scene.journal()]);
    });
}

#[test]
fn the_output_waits_for_room() {
    at_once(1..4, |seed| {
        let scene = Scene::new(seed);
        let hidden = scene.hidden();
        scene.waits(&format!("inject=write:error=ENOSPC:when={seed}"), &hidden);
    });
}

#[test]
fn the_output_stops_at_an_error_of_the_disk() {
    at_once(1..3, |time| {
        let scene = Scene::new(time);
        let hidden = scene.hidden();
        scene.fails(&format!("inject=write:error=EIO:when={time}"), &hidden);
    });
}

/// A sink of the user's own tells of it, and the batch that was decided is given to it again.
#[test]
fn the_output_of_another_sink_is_written_again() {
    for error in ["EIO", "ENOSPC"] {
        at_once(1..3, |time| {
            let scene = Scene::new(time);
            let file = scene.path().join("out/running/.tmp");
            let ended = Victim::start(refused(
                scene.path(),
                &format!("inject=write:error={error}:when={time}"),
                &[file],
            ))
            .end();
            assert!(how_many(scene.path()) > 0);
            assert!(ended.errors.contains("out/running/"), "{}", ended.errors);
            let next = Victim::start(command(scene.path(), 2)).end();
            assert!(next.status.success(), "{}\nbefore: {}", next.errors, ended.errors);
            scene.expected.check(scene.path(), &next.output);
        });
    }
}
