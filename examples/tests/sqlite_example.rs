//! The database and the checkpoint go on together, wherever the process is killed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;

/// The example's own tests run here.
#[path = "../examples/sqlite_totals.rs"]
#[expect(dead_code, reason = "a program with a `main`")]
mod sqlite_totals;

fn example() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let target = test.ancestors().nth(2).expect("target/PROFILE");
    target.join("examples").join("sqlite_totals")
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(example());
    command.arg(folder.join("totals.db")).arg(folder.join("checkpoint"));
    command
}

fn totals(folder: &Path) -> Vec<(String, u64, i64)> {
    let database = Connection::open(folder.join("totals.db")).expect("the database is there");
    let mut select = database
        .prepare("select name, flights, delay from airports order by name")
        .expect("the table is there");
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

#[test]
fn a_lost_checkpoint_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = || command(folder.path()).output().expect("the example runs");
    assert!(run().status.success());
    let expected = totals(folder.path());
    std::fs::remove_dir_all(folder.path().join("checkpoint")).expect("it is there");
    let refused = run();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{text}");
    assert!(text.contains("sink `airports.sink` holds the batches up to "), "{text}");
    assert!(text.contains("holds no batch"), "{text}");
    assert_eq!(totals(folder.path()), expected);
}

#[test]
fn a_killed_run_is_gone_on_with() {
    let whole = tempfile::tempdir().expect("a folder");
    let done = command(whole.path()).output().expect("the example runs");
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(printed.contains("47200 flights in this run, 47200 in all"), "{printed}");
    let expected = totals(whole.path());
    assert_eq!(expected.iter().map(|(_, flights, _)| flights).sum::<u64>(), 47_200);

    let folder = tempfile::tempdir().expect("a folder");
    let mut kills = 0;
    for millis in (5..).step_by(31) {
        let mut child = command(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        std::thread::sleep(Duration::from_millis(millis));
        if child.try_wait().expect("its state").is_some() {
            let output = child.wait_with_output().expect("it has ended");
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success() && printed.contains("47200 in all"), "{printed}");
            break;
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("it has ended");
        kills += 1;
    }
    assert!(kills > 0, "no run was killed");
    assert_eq!(totals(folder.path()), expected);
}
