//! The process may open no more files for a while. A child process is given few of them, and takes them all.

use std::fs::File;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Says to the child which of the cases it is to play.
const CASE: &str = "STREAMING_TEST_DESCRIPTORS";
/// What the child ends with when all was right.
const RIGHT: &str = "all lines are there";

/// What was logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;
    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Log {
    /// The log of this process from now on.
    fn of_the_process() -> Self {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(log.clone())
            .init();
        log
    }

    fn lines(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    /// Waits until something with this text is said; gives the line.
    async fn until(&self, text: &str) -> String {
        let said = async {
            loop {
                if let Some(line) = self.lines().into_iter().find(|line| line.contains(text)) {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match timeout(LONG, said).await {
            Ok(line) => line,
            Err(late) => panic!("{late}: `{text}` was not said: {:?}", self.lines()),
        }
    }
}

/// Opens files until no more may be open.
fn take_all() -> Vec<File> {
    let mut taken = Vec::new();
    loop {
        match File::open("/dev/null") {
            Ok(file) => taken.push(file),
            Err(error) => {
                assert_eq!(error.raw_os_error(), Some(24), "{error}");
                return taken;
            }
        }
    }
}

/// Waits until no thread reads files any more: then what it had open is closed.
async fn wait_for_the_thread() {
    let is_there = || {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let mut names = threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).ok());
        names.any(|name| name.trim() == "files")
    };
    let ends = async {
        while is_there() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, ends).await.expect("the thread ends");
}

/// Plays a case in a process of its own that may have 60 files open.
fn play(case: &str) {
    let test = std::env::current_exe().unwrap();
    let child = Command::new("sh")
        .args(["-c", "ulimit -n 60 && exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(test)
        .arg("source::files::tests::descriptors::in_a_child")
        .env(CASE, case)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains(RIGHT),
        "{said}\n{}",
        String::from_utf8_lossy(&child.stderr)
    );
}

/// Does nothing unless a test has started it as a child.
#[tokio::test]
async fn in_a_child() {
    let Ok(case) = std::env::var(CASE) else { return };
    match case.as_str() {
        "new files" => new_files().await,
        "many files" => many_files().await,
        "a bounded run" => a_bounded_run().await,
        "a new name" => a_new_name().await,
        "no notifications" => no_notifications(),
        other => panic!("{other}"),
    }
    println!("{RIGHT}");
}

#[test]
fn new_files_wait_until_they_can_be_opened() {
    play("new files");
}

async fn new_files() {
    let log = Log::of_the_process();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    let mut source = files(pattern(dir.path(), "**/*.log"));
    source.open(how(false, 1000)).await.unwrap();
    assert_eq!(read(&mut source).await, Vec::<String>::new());
    let names = ["a.log", "b.log", "sub/c.log"];
    let writers = names.map(|name| File::create(dir.path().join(name)).unwrap());
    let taken = take_all();
    for (mut writer, line) in writers.iter().zip(["1\n", "2\n", "3\n"]) {
        writer.write_all(line.as_bytes()).unwrap();
    }
    let mut reading = tokio::spawn(async move {
        let mut records = Vec::new();
        while records.len() < 3 {
            if let Event::Chunk(fetched) = source.next().await.unwrap() {
                records.extend(show(&fetched.chunk));
            }
        }
        records
    });
    let warning = log.until("blocked: ").await;
    assert!(warning.contains("wait to be opened"), "{warning}");
    assert!(warning.contains("`ulimit -n`"), "{warning}");
    assert!(timeout(Duration::ZERO, &mut reading).await.is_err());
    drop(taken);
    let mut records = timeout(LONG, reading).await.unwrap().unwrap();
    records.sort();
    assert_eq!(records, ["a.log@0: 1", "b.log@0: 2", "c.log@0: 3"]);
    log.until("no longer blocked after").await;
    let warnings = log.lines().iter().filter(|line| line.contains("blocked: ")).count();
    assert_eq!(warnings, 1, "{:?}", log.lines());
}

#[test]
fn open_files_are_closed_for_others() {
    play("many files");
}

/// More files than may be open at once, all of them growing.
async fn many_files() {
    let log = Log::of_the_process();
    let dir = tempfile::tempdir().unwrap();
    let path = |n: usize| dir.path().join(format!("{n:03}.log"));
    let mut source = files(pattern(dir.path(), "*.log"));
    (0..150).for_each(|n| append(&path(n), "first\n"));
    source.open(how(false, 1000)).await.unwrap();
    assert_eq!(read(&mut source).await.len(), 150);
    (0..150).for_each(|n| append(&path(n), "second\n"));
    let mut records = Vec::new();
    while records.len() < 150 {
        if let Event::Chunk(fetched) = timeout(LONG, source.next()).await.unwrap().unwrap() {
            records.extend(show(&fetched.chunk));
        }
    }
    records.sort();
    let expected: Vec<String> = (0..150).map(|n| format!("{n:03}.log@6: second")).collect();
    assert_eq!(records, expected);
    assert!(
        !log.lines().iter().any(|line| line.contains("WARN")),
        "{:?}",
        log.lines()
    );
}

#[test]
fn a_bounded_run_waits() {
    play("a bounded run");
}

async fn a_bounded_run() {
    let log = Log::of_the_process();
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("a.log", "1\n"), ("b.log", "2\n"), ("c.log", "3")] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let pattern = pattern(dir.path(), "*.log");
    let taken = take_all();
    let reading = tokio::spawn(async move {
        let mut source = files(pattern);
        source.open(how(true, 1000)).await.unwrap();
        read(&mut source).await
    });
    let warning = log.until("blocked: ").await;
    assert!(
        warning.contains("0 files and 1 directories") || warning.contains("3 files and 0 directories"),
        "{warning}"
    );
    drop(taken);
    let records = timeout(LONG, reading).await.unwrap().unwrap();
    assert_eq!(records, ["a.log@0: 1", "b.log@0: 2", "c.log@0: 3"]);
    log.until("no longer blocked after").await;
}

#[test]
fn a_file_whose_new_name_cannot_be_found_is_not_gone() {
    play("a new name");
}

async fn a_new_name() {
    let log = Log::of_the_process();
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("a.log"), dir.path().join("a.old"));
    append(&path, "1\n");
    // A run before this one has read it, so that this one knows its position and does not have it open.
    let mut source = files(pattern(dir.path(), "*.log"));
    source.open(how(false, 1000)).await.unwrap();
    let mut position = None;
    while position.is_none() {
        if let Event::Chunk(fetched) = timeout(LONG, source.next()).await.unwrap().unwrap() {
            position = Some(fetched.next);
        }
    }
    drop(source);
    wait_for_the_thread().await;
    append(&path, "2\n");
    fs::rename(&path, &to).unwrap();
    append(&path, "3\n");
    let label = pattern(dir.path(), "*.log");
    let taken = take_all();
    let resumed = tokio::spawn(async move {
        let mut source = files(label.clone());
        let resume = vec![(label, position.unwrap())];
        let open = Open {
            resume,
            ..how(false, 1000)
        };
        source.open(open).await.unwrap();
        let mut records = Vec::new();
        while records.len() < 2 {
            if let Event::Chunk(fetched) = source.next().await.unwrap() {
                records.extend(show(&fetched.chunk));
            }
        }
        records
    });
    log.until("blocked: ").await;
    drop(taken);
    let mut records = timeout(LONG, resumed).await.unwrap().unwrap();
    records.sort();
    assert_eq!(records, ["a.log@0: 3", "a.old@2: 2"]);
}

#[test]
fn notifications_are_asked_for_again() {
    play("no notifications");
}

fn no_notifications() {
    let dir = tempfile::tempdir().unwrap();
    let taken = take_all();
    let (mut watch, _waker) = Watch::new();
    let directories = [dir.path().to_owned()];
    assert!(!watch.set(&directories, &std::collections::BTreeSet::new()));
    assert!(!watch.is_complete());
    drop(taken);
    assert!(
        watch.set(&directories, &std::collections::BTreeSet::new()),
        "all is to be looked at"
    );
    assert!(watch.is_complete());
}
