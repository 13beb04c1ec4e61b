//! What the log and the errors say: texts that people act on.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use tempfile::TempDir;

use crate::model::{Expected, write_input};
use crate::strace::{how_many, refused};
use crate::victim::{Ended, Victim, command, follower};
use streaming_tests::random::Random;

fn scene() -> (TempDir, Expected) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("out/running")).unwrap();
    let mut expected = write_input(directory.path(), 2_000, &mut Random::new(7));
    expected.end_input(directory.path());
    (directory, expected)
}

/// The lines of a log that hold a text.
fn lines<'l>(ended: &'l Ended, text: &str) -> Vec<&'l str> {
    ended.errors.lines().filter(|line| line.contains(text)).collect()
}

#[test]
fn a_full_disk_is_told_once_and_when_it_is_over() {
    let (directory, expected) = scene();
    let journal = directory.path().join(format!("checkpoint/journal-{:020}.log", 1));
    // A batch is tried twice in vain.
    let inject = "inject=pwrite64:error=ENOSPC:when=3..4";
    let mut command = refused(directory.path(), inject, std::slice::from_ref(&journal));
    command.env("RUST_LOG", "streaming_runtime=info");
    let ended = Victim::start(command).end();
    assert!(ended.status.success(), "{}", ended.errors);
    assert!(how_many(directory.path()) > 1, "{}", ended.errors);
    expected.check(directory.path(), &ended.output);
    // Calls are counted by thread, so that it may be more than one batch that waits.
    let blocked = lines(&ended, "blocked: batch ");
    let over = lines(&ended, "no longer blocked after ");
    assert!(!blocked.is_empty(), "{}", ended.errors);
    let name = format!("no space left to write {}: free some", journal.display());
    for line in &blocked {
        assert!(line.contains(&name) && line.contains(" WARN "), "{line}");
        assert!(line.ends_with("; it is tried again until there is room"), "{line}");
    }
    // `… batch 4: no space …`, `… batch 4 is in the journal …`
    let batch = |line: &&str| -> u64 {
        let (_, after) = line.split_once("batch ").unwrap();
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let waited: Vec<u64> = blocked.iter().map(batch).collect();
    assert!(
        waited.is_sorted_by(|one, next| one < next),
        "each batch is told once: {waited:?}"
    );
    assert_eq!(over.iter().map(batch).collect::<Vec<_>>(), waited, "{}", ended.errors);
    assert!(
        over.iter()
            .all(|line| line.ends_with(" is in the journal of the checkpoint")),
        "{over:?}"
    );
}

/// The first call of this kind to this file of the scene is refused: the error.
fn error_of(call: &str, error: &str, file: &str) -> String {
    let (directory, _) = scene();
    let file = directory.path().join(file);
    let inject = format!("inject={call}:error={error}:when=1");
    let ended = Victim::start(refused(directory.path(), &inject, &[file])).end();
    assert!(
        how_many(directory.path()) > 0,
        "{inject} has not struck: {}",
        ended.errors
    );
    assert!(!ended.status.success(), "{inject} is no error");
    let place = directory.path().display().to_string();
    ended.errors.trim_end().replace(&place, "DIR")
}

#[test]
fn what_may_not_be_read_or_written_is_named_with_the_way_out() {
    assert_eq!(
        error_of("openat", "EACCES", "in/0.jsonl"),
        "source `events` failed: cannot read `DIR/in/0.jsonl`: Permission denied (os error 13): let this user read it, or exclude it from the pattern"
    );
    assert_eq!(
        error_of("openat", "EACCES", "out/thirds/.sink.lock"),
        "sink `events.files` could not open: cannot open `DIR/out/thirds/.sink.lock`: Permission denied (os error 13): let this user write there, or \
         write to another directory"
    );
    assert_eq!(
        error_of("openat", "EROFS", "out/thirds/.sink.lock"),
        "sink `events.files` could not open: cannot open `DIR/out/thirds/.sink.lock`: Read-only file system (os error 30): let this user write there, \
         or write to another directory"
    );
    assert_eq!(
        error_of("openat", "EROFS", "checkpoint/lock"),
        "cannot lock DIR/checkpoint/lock: Read-only file system (os error 30); the filesystem is mounted read-only: mount it writable, or use another \
         directory"
    );
    assert_eq!(
        error_of("openat", "EACCES", "checkpoint/lock"),
        "cannot lock DIR/checkpoint/lock: Permission denied (os error 13); the user of this process may not do that: change the owner or the \
         permissions, or use another directory"
    );
}

/// A victim that is started again says where it resumes.
#[test]
fn the_first_line_says_what_runs_and_where_it_resumes() {
    let (directory, expected) = scene();
    let logged = |crash: Option<&str>| {
        let mut command = command(directory.path(), 2);
        command.env("RUST_LOG", "streaming_runtime=info");
        command.envs(crash.map(|at| ("STREAMING_CRASH_AT", at)));
        Victim::start(command).end()
    };
    let first = |ended: &Ended| ended.errors.lines().next().unwrap_or_default().to_owned();
    let checkpoint = format!("checkpoint=\"{}\"", directory.path().join("checkpoint").display());
    let line = first(&logged(Some("done:3")));
    assert!(line.contains(" INFO streaming_runtime: begins with batch 0 "), "{line}");
    for part in [
        "pipeline=\"victim\"",
        "guarantee=\"exactly-once\"",
        &*checkpoint,
        "sources=\"events\"",
    ] {
        assert!(line.contains(part), "`{part}` is not in {line}");
    }
    let ended = logged(None);
    let line = first(&ended);
    assert!(
        line.contains(" INFO streaming_runtime: resumes with batch 3 "),
        "{line}"
    );
    let file = directory.path().join("in/0.jsonl");
    assert!(
        line.contains(&file.display().to_string()),
        "the position of a file: {line}"
    );
    expected.check(directory.path(), &ended.output);
}

#[test]
fn every_ten_seconds_there_is_a_summary() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("in/a")).unwrap();
    let text = "{\"id\":0}\n{\"id\":1}\n{\"id\":2}\n";
    fs::write(directory.path().join("in/a/app.log"), text).unwrap();
    let mut command = follower(directory.path(), 1, "follow");
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(process.stderr.take().unwrap());
    let line = log.lines().map(Result::unwrap).find(|line| line.contains("the last "));
    process.kill().unwrap();
    process.wait().unwrap();
    let line = line.expect("a summary before the end");
    let (time, said) = line.split_once(" INFO streaming_runtime: ").expect(&line);
    assert!(!time.is_empty());
    assert!(
        said.starts_with("the last 10 s pipeline=\"follower\" batches="),
        "{said}"
    );
    assert!(
        said.contains(" rows_in=3 rows_out=3 rows_per_second=0.0 lag=0 late=0 errors=0 ahead=0"),
        "{said}"
    );
}
