use std::fs::File;
use std::io::Write as _;

use super::*;

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    BeforePrepare,
    BeforeDecision,
    BeforeCommit,
    BeforeDone,
    /// Not at all: it ends in good order behind that batch.
    End,
}

const DEATHS: [Death; 5] = [
    Death::BeforePrepare,
    Death::BeforeDecision,
    Death::BeforeCommit,
    Death::BeforeDone,
    Death::End,
];

/// What a journal knows.
#[derive(Debug, Default)]
struct Journal {
    decided: Option<u64>,
    receipt: Option<String>,
    done: bool,
}

const BATCHES: u64 = 6;

/// Runs until a death, or to the end.
async fn run(dir: &Path, size: u64, journal: &mut Journal, death: Option<(u64, Death)>) {
    let mut sink = files(dir).jsonl().roll_size(size);
    sink.open(&Run::checkpointed("p", "one", true)).await.unwrap();
    if let Some(last) = journal.decided {
        sink.resume(&id(last), journal.receipt.as_deref()).await.unwrap();
        if !journal.done {
            sink.commit(&id(last)).await.unwrap();
            // A second time changes nothing.
            sink.commit(&id(last)).await.unwrap();
        }
    }
    for batch in journal.decided.map_or(0, |last| last + 1)..BATCHES {
        let dies = |at| death == Some((batch, at));
        if dies(Death::BeforePrepare) {
            return;
        }
        // One batch has no output.
        let output = batch != 2;
        if output {
            prepare(&mut sink, batch, &[batch, batch]).await.unwrap();
        }
        if dies(Death::BeforeDecision) {
            return;
        }
        journal.decided = Some(batch);
        journal.done = false;
        if output {
            journal.receipt = sink.receipt();
        }
        if dies(Death::BeforeCommit) {
            return;
        }
        if output {
            sink.commit(&id(batch)).await.unwrap();
        }
        if dies(Death::BeforeDone) {
            return;
        }
        journal.done = true;
        if dies(Death::End) {
            break;
        }
    }
    sink.close().await;
}

/// What a power loss may leave behind what was made durable.
fn tear(dir: &Path) {
    for (name, _) in list(dir) {
        if name.starts_with('.') {
            let file = File::options().append(true).open(dir.join(name));
            file.unwrap().write_all(b"\0torn").unwrap();
        }
    }
}

/// All that is visible.
fn visible(dir: &Path) -> String {
    let files = list(dir);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.iter().all(|name| name.starts_with("part-")), "{names:?}");
    files.into_iter().map(|(_, content)| content).collect()
}

#[tokio::test]
async fn whatever_dies_each_record_is_there_once() {
    let expect = "0\n0\n1\n1\n3\n3\n4\n4\n5\n5\n";
    for size in [1, 7, 1 << 20] {
        for first in 0..BATCHES {
            for death in DEATHS {
                for again in DEATHS {
                    let dir = tempfile::tempdir().unwrap();
                    let mut journal = Journal::default();
                    run(dir.path(), size, &mut journal, Some((first, death))).await;
                    tear(dir.path());
                    // And once more, in the next batch or in the same.
                    let next = journal.decided.map_or(0, |last| last + 1);
                    run(dir.path(), size, &mut journal, Some((next, again))).await;
                    tear(dir.path());
                    run(dir.path(), size, &mut journal, None).await;
                    assert_eq!(visible(dir.path()), expect, "{size} {first} {death:?} {again:?}");
                }
            }
        }
    }
}

/// A directory in which batch 0 and 1 count, and are not visible.
async fn in_progress(dir: &Path) -> String {
    let (mut sink, _) = kept(dir).await;
    write(&mut sink, 0, &[0]).await;
    write(&mut sink, 1, &[1]).await;
    sink.receipt().unwrap()
}

async fn resume(dir: &Path, receipt: Option<&str>) -> Result<Files<Jsonl>, String> {
    let (mut sink, _) = kept(dir).await;
    let resumed = sink.resume(&id(1), receipt).await;
    resumed.map(|()| sink).map_err(|e| e.to_string())
}

#[tokio::test]
async fn output_that_is_gone_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let receipt = in_progress(dir.path()).await;
    let at = |name: &str| dir.path().join(name);
    fs::write(at(&hidden(0)), "0\n").unwrap();
    let lost =
        "the disk or somebody has lost some: put the file back, or begin anew with another checkpoint and directory";
    assert_eq!(
        resume(dir.path(), Some(&receipt)).await.unwrap_err(),
        format!("`{}` has 2 bytes, and 4 were written: {lost}", at(&hidden(0)).display())
    );
    fs::rename(at(&hidden(0)), at("part-0000000000.jsonl")).unwrap();
    assert_eq!(
        resume(dir.path(), Some(&receipt)).await.unwrap_err(),
        format!(
            "`{}` has 2 bytes, and 4 were written: {lost}",
            at("part-0000000000.jsonl").display()
        )
    );
    fs::remove_file(at("part-0000000000.jsonl")).unwrap();
    assert_eq!(
        resume(dir.path(), Some(&receipt)).await.unwrap_err(),
        format!(
            "`{}` is not there, neither in progress nor whole, and the checkpoint counts on 4 bytes of it: put the files of the directory back, or begin anew with another checkpoint and directory",
            at("part-0000000000.jsonl").display()
        )
    );
    let error = resume(dir.path(), Some("?")).await.unwrap_err();
    assert!(
        error.starts_with("cannot read what the checkpoint knows of `"),
        "{error}"
    );
}

#[tokio::test]
async fn a_visible_file_may_be_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let receipt = in_progress(dir.path()).await;
    resume(dir.path(), Some(&receipt)).await.unwrap().close().await;
    assert_eq!(visible(dir.path()), "0\n1\n");
    fs::remove_file(dir.path().join("part-0000000000.jsonl")).unwrap();
    let mut sink = resume(dir.path(), Some(&receipt)).await.unwrap();
    write(&mut sink, 2, &[2]).await;
    sink.close().await;
    assert_eq!(list(dir.path()), [file("part-0000000002.jsonl", "2\n")]);
}

#[tokio::test]
async fn an_old_checkpoint_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let receipt = in_progress(dir.path()).await;
    let mut sink = resume(dir.path(), Some(&receipt)).await.unwrap();
    write(&mut sink, 2, &[2]).await;
    let newer = sink.receipt().unwrap();
    sink.close().await;
    let error = resume(dir.path(), Some(&receipt)).await.unwrap_err();
    assert!(
        error.contains("has 6 bytes, and the checkpoint knows of 4: the checkpoint is older"),
        "{error}"
    );

    let (mut sink, _) = kept(dir.path()).await;
    sink.resume(&id(2), Some(&newer)).await.unwrap();
    write(&mut sink, 3, &[3]).await;
    sink.close().await;
    for known in [Some(newer.as_str()), None] {
        let error = resume(dir.path(), known).await.unwrap_err();
        assert!(
            error.contains("part-0000000003.jsonl` is newer than batch 1, the last one"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_new_checkpoint_goes_on_behind_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = opened(dir.path()).await;
    write(&mut sink, 7, &[7]).await;
    sink.close().await;
    let mut journal = Journal::default();
    run(dir.path(), 1 << 20, &mut journal, Some((1, Death::BeforeCommit))).await;
    run(dir.path(), 1 << 20, &mut journal, None).await;
    assert_eq!(
        list(dir.path()),
        [
            file("part-0000000007.jsonl", "7\n"),
            file("part-0000000008.jsonl", "0\n0\n1\n1\n3\n3\n4\n4\n5\n5\n")
        ]
    );
}

#[tokio::test]
async fn a_batch_that_was_given_up_may_have_been_decided() {
    for decided in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let before = in_progress(dir.path()).await;
        let mut sink = resume(dir.path(), Some(&before)).await.unwrap();
        prepare(&mut sink, 2, &[2]).await.unwrap();
        let after = sink.receipt().unwrap();
        sink.abort(&id(2)).await;
        sink.close().await;
        assert_eq!(list(dir.path()), [file(&hidden(0), "0\n1\n2\n")]);

        let (mut sink, _) = kept(dir.path()).await;
        let (last, receipt) = if decided { (2, &after) } else { (1, &before) };
        sink.resume(&id(last), Some(receipt)).await.unwrap();
        sink.commit(&id(last)).await.unwrap();
        prepare(&mut sink, 3, &[33]).await.unwrap();
        sink.abort(&id(3)).await;
        write(&mut sink, 3, &[3]).await;
        sink.close().await;
        assert_eq!(visible(dir.path()), if decided { "0\n1\n2\n3\n" } else { "0\n1\n3\n" });
    }
}

#[tokio::test]
async fn an_age_goes_on_over_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let receipt = in_progress(dir.path()).await;
    let mut sink = files(dir.path()).jsonl();
    let clock = WallClock::at_epoch();
    clock.advance(Duration::from_mins(1));
    sink.parts.lock().await.clock = clock;
    sink.open(&Run::checkpointed("p", "one", true)).await.unwrap();
    sink.resume(&id(1), Some(&receipt)).await.unwrap();
    sink.commit(&id(1)).await.unwrap();
    assert_eq!(list(dir.path()), [file("part-0000000000.jsonl", "0\n1\n")]);
}
