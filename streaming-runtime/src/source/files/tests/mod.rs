use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use tokio::time::timeout;

use super::*;
use crate::decode::CsvOptions;
use crate::source::{Meta, Payloads};

/// After this long, what is waited for does not come.
const LONG: Duration = Duration::from_secs(20);

#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(unix)]
mod moves;
mod random;

const CSV: Framing = Framing::csv(CsvOptions::DEFAULT);

fn how(bounded: bool, chunk_bytes: usize) -> Open<FilePosition> {
    Open {
        bounded,
        resume: Vec::new(),
        run: crate::run::Run::new("test"),
        chunk_rows: 1000,
        chunk_bytes,
    }
}

fn pattern(dir: &Path, name: &str) -> String {
    dir.join(name).to_str().unwrap().to_owned()
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Records as `file@offset: payload`, behind `header|` where there is one.
fn show(block: &Block) -> Vec<String> {
    let header = block
        .header()
        .map(|h| format!("{}|", String::from_utf8_lossy(h)))
        .unwrap_or_default();
    let one = |(at, payload): (crate::source::Origin<'_>, &[u8])| {
        let place = at.place().into_owned();
        let name = Path::new(&place).file_name().unwrap().to_str().unwrap().to_owned();
        format!("{name}@{}: {header}{}", at.offset(), String::from_utf8_lossy(payload))
    };
    block.payloads().map(one).collect()
}

/// Reads until the source ends or has caught up.
async fn read(source: &mut Files) -> Vec<String> {
    let mut records = Vec::new();
    loop {
        match timeout(LONG, source.next()).await.expect("an event").unwrap() {
            Event::Chunk(fetched) => {
                let place = Files::place(&fetched.chunk).expect("a file has a name");
                assert!(Path::new(place).is_absolute(), "{place}");
                records.extend(show(&fetched.chunk));
            }
            Event::CaughtUp { .. } | Event::Ended => return records,
            _ => {}
        }
    }
}

/// Reads until as many records are there as are expected.
async fn expect(source: &mut Files, expected: &[&str]) {
    let mut records = Vec::new();
    while records.len() < expected.len() {
        match timeout(LONG, source.next()).await {
            Ok(Ok(Event::Chunk(fetched))) => records.extend(show(&fetched.chunk)),
            Ok(Ok(_)) => {}
            other => panic!("{other:?} after {records:?}, {expected:?} are expected"),
        }
    }
    assert_eq!(records, expected);
}

async fn read_all(pattern: String, framing: Framing, chunk_bytes: usize) -> Vec<String> {
    let mut source = files(pattern).framed(framing);
    source.open(how(true, chunk_bytes)).await.unwrap();
    read(&mut source).await
}

#[tokio::test]
async fn files_come_in_the_order_of_their_names() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("b.txt"), "3\r\n4").unwrap();
    fs::write(dir.path().join("a.txt"), "1\n\n2\n").unwrap();
    fs::write(dir.path().join("c.txt"), "").unwrap();
    fs::write(dir.path().join(".hidden.txt"), "no\n").unwrap();
    fs::create_dir(dir.path().join("d.txt")).unwrap();
    let expect = ["a.txt@0: 1", "a.txt@2: ", "a.txt@3: 2", "b.txt@0: 3", "b.txt@3: 4"];
    for chunk_bytes in [1, 3, 1000] {
        let records = read_all(pattern(dir.path(), "*.txt"), Framing::lines(), chunk_bytes).await;
        assert_eq!(records, expect, "in chunks of {chunk_bytes}");
    }
}

#[tokio::test]
async fn each_file_has_its_own_header() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("1.csv"), "a,b\n1,\"x\ny\"\n").unwrap();
    fs::write(dir.path().join("2.csv"), "\u{feff}b,a\nz,2").unwrap();
    fs::write(dir.path().join("3.csv"), "a,b").unwrap();
    let expect = ["1.csv@4: a,b|1,\"x\ny\"", "2.csv@7: b,a|z,2"];
    for chunk_bytes in [1, 1000] {
        let records = read_all(pattern(dir.path(), "*.csv"), CSV, chunk_bytes).await;
        assert_eq!(records, expect, "in chunks of {chunk_bytes}");
    }
}

async fn refused(pattern: String) -> String {
    let error = files(pattern).open(how(true, 1000)).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_pattern_without_a_match_says_where_it_looked() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().display();
    assert_eq!(
        refused(format!("{at}/*.csv")).await,
        format!("no file matches `{at}/*.csv`: no such file in `{at}`")
    );
    assert_eq!(
        refused(format!("{at}/in/x.csv")).await,
        format!("no file matches `{at}/in/x.csv`: there is no directory `{at}/in`, only `{at}`")
    );
    assert_eq!(
        refused(format!("{at}")).await,
        format!("`{at}` is a directory: write `{at}/*` for its files")
    );
    assert_eq!(
        refused("[".to_owned()).await,
        "`[` is not a file pattern: invalid range pattern at 0"
    );
}

#[tokio::test]
async fn new_files_and_new_bytes_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut source = files(pattern(dir.path(), "*.log"));
    source.open(how(false, 1000)).await.unwrap();
    assert_eq!(read(&mut source).await, Vec::<String>::new());

    fs::write(dir.path().join("b.log"), "1\n2").unwrap();
    expect(&mut source, &["b.log@0: 1"]).await;

    // The last line waits for its end.
    append(&dir.path().join("b.log"), "3\n4");
    expect(&mut source, &["b.log@2: 23"]).await;
    fs::write(dir.path().join("a.log"), "0\n").unwrap();
    expect(&mut source, &["a.log@0: 0"]).await;
    append(&dir.path().join("b.log"), "\n");
    expect(&mut source, &["b.log@5: 4"]).await;

    fs::write(dir.path().join("b.log"), "new\n").unwrap();
    expect(&mut source, &["b.log@0: new"]).await;
}

#[tokio::test]
async fn a_file_that_grows_keeps_its_header() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.csv");
    fs::write(&file, "a,b\n1,2\n").unwrap();
    let mut source = files(pattern(dir.path(), "*")).framed(CSV);
    source.open(how(false, 3)).await.unwrap();
    expect(&mut source, &["x.csv@4: a,b|1,2"]).await;
    fs::write(&file, "a,b\n1,2\n3,4\n").unwrap();
    expect(&mut source, &["x.csv@8: a,b|3,4"]).await;
}

#[tokio::test]
async fn a_file_that_vanishes_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        fs::write(dir.path().join(name), format!("{name}\n")).unwrap();
    }
    let mut source = files(pattern(dir.path(), "*"));
    source.open(how(true, 1000)).await.unwrap();
    // Two blocks at most are read before they are asked for.
    fs::remove_file(dir.path().join("d")).unwrap();
    assert_eq!(read(&mut source).await, ["a@0: a", "b@0: b", "c@0: c", "e@0: e"]);
}

#[tokio::test]
async fn reading_goes_on_at_a_position() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [("1", "a,b\n1,1\n"), ("2", "b,a\n2,2\n3,3\n"), ("3", "a,b\n4,4\n")] {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let mut source = files(pattern(dir.path(), "*")).framed(CSV);
    source.open(how(true, 4)).await.unwrap();
    let (mut first, mut positions) = (Vec::new(), BTreeMap::new());
    while first.len() < 2 {
        if let Event::Chunk(fetched) = source.next().await.unwrap() {
            first.extend(show(&fetched.chunk));
            positions.insert(Files::unit(&fetched.next), fetched.next);
        }
    }
    assert_eq!(first, ["1@4: a,b|1,1", "2@4: b,a|2,2"]);

    let mut again = files(pattern(dir.path(), "*")).framed(CSV);
    let resume = positions
        .into_values()
        .map(|position| ("*".to_owned(), position))
        .collect();
    again.open(Open { resume, ..how(true, 4) }).await.unwrap();
    assert_eq!(read(&mut again).await, ["2@8: b,a|3,3", "3@4: a,b|4,4"]);
}

#[tokio::test]
async fn a_dropped_future_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let content: String = (0..500).map(|n| n.to_string() + "\n").collect();
    fs::write(dir.path().join("a"), &content).unwrap();
    let mut source = files(pattern(dir.path(), "a"));
    source.open(how(true, 16)).await.unwrap();
    let mut records = String::new();
    loop {
        let event = tokio::select! {
            biased;
            event = source.next() => event.unwrap(),
            () = tokio::task::yield_now() => continue,
        };
        match event {
            Event::Chunk(fetched) => {
                for (_, payload) in fetched.chunk.payloads() {
                    records.push_str(std::str::from_utf8(payload).unwrap());
                    records.push('\n');
                }
            }
            Event::Ended => break,
            _ => {}
        }
    }
    assert_eq!(records, content);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_that_come_and_are_renamed_at_once_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut source = files(pattern(dir.path(), "*.log"));
    source.open(how(false, 1000)).await.unwrap();
    assert_eq!(read(&mut source).await, Vec::<String>::new());
    for n in 0..20 {
        fs::write(dir.path().join("a.log"), format!("{n:02}\n")).unwrap();
        // By way of another name, so that the last one has to be found.
        fs::rename(dir.path().join("a.log"), dir.path().join("b")).unwrap();
        fs::rename(dir.path().join("b"), dir.path().join(format!("old{n:02}"))).unwrap();
    }
    let mut records = Vec::new();
    while records.len() < 20 {
        if let Event::Chunk(fetched) = timeout(LONG, source.next()).await.expect("an event").unwrap() {
            records.extend(
                show(&fetched.chunk)
                    .into_iter()
                    .map(|record| record[record.len() - 2..].to_owned()),
            );
        }
    }
    records.sort_unstable();
    assert_eq!(records, (0..20).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}
