use std::fs;
use std::path::Path;

use serde::Serialize;

use super::super::{Encode, Sink};
use super::*;
use crate::run::Run;

#[derive(Serialize, Clone, Copy)]
struct Total<'a> {
    word: &'a str,
    n: Option<u64>,
}

const A: Total<'static> = Total {
    word: "a\"b\n",
    n: Some(1),
};
const B: Total<'static> = Total { word: "", n: None };

fn id(batch: u64) -> BatchId {
    BatchId {
        pipeline: "p".to_owned(),
        sink: "s".to_owned(),
        batch,
    }
}

fn stage<F: Format, T>(sink: &Files<F>, records: &[T]) -> F::Staged
where
    F::Encoder: for<'a> Encode<&'a T, F::Staged>,
{
    let (encoder, mut staged) = (sink.encoder(), F::Staged::default());
    for record in records {
        encoder.encode(record, &mut staged).unwrap();
    }
    staged
}

/// Names and contents of a directory, sorted.
fn list(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn file(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}

#[tokio::test]
async fn a_batch_becomes_a_file_when_it_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("not/there/yet");
    let mut sink = files(&out).jsonl();
    sink.open(&Run::new("p")).await.unwrap();

    let staged = vec![stage(&sink, &[A]), Vec::new(), stage(&sink, &[B])];
    sink.prepare(&id(0), staged).await.unwrap();
    let content = "{\"word\":\"a\\\"b\\n\",\"n\":1}\n{\"word\":\"\",\"n\":null}\n";
    assert_eq!(list(&out), [file(".part-0000000000.jsonl.tmp", content)]);
    sink.commit(&id(0)).await.unwrap();
    assert_eq!(list(&out), [file("part-0000000000.jsonl", content)]);

    // A batch without output has no file; a batch that was given up leaves nothing.
    sink.prepare(&id(1), vec![Vec::new()]).await.unwrap();
    sink.commit(&id(1)).await.unwrap();
    let staged = vec![stage(&sink, &[B])];
    sink.prepare(&id(2), staged).await.unwrap();
    sink.abort(&id(2)).await;
    assert_eq!(list(&out), [file("part-0000000000.jsonl", content)]);
}

#[tokio::test]
async fn each_csv_file_has_the_header_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).csv();
    sink.open(&Run::new("p")).await.unwrap();
    for batch in 0..2 {
        let staged = vec![stage(&sink, &[A, B]), stage(&sink, &[A])];
        let rows = Files::<Csv>::rows(&staged[0]).unwrap();
        assert_eq!(rows, [b"\"a\"\"b\n\",1".to_vec(), b",".to_vec()]);
        sink.prepare(&id(batch), staged).await.unwrap();
        sink.commit(&id(batch)).await.unwrap();
    }
    let content = "word,n\n\"a\"\"b\n\",1\n,\n\"a\"\"b\n\",1\n";
    assert_eq!(
        list(dir.path()),
        [
            file("part-0000000000.csv", content),
            file("part-0000000001.csv", content)
        ]
    );
}

#[tokio::test]
async fn tuples_have_no_header() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).csv();
    sink.open(&Run::new("p")).await.unwrap();
    let staged = vec![stage(&sink, &[("a", 1), ("b,c", 2)])];
    sink.prepare(&id(0), staged).await.unwrap();
    sink.commit(&id(0)).await.unwrap();
    assert_eq!(list(dir.path()), [file("part-0000000000.csv", "a,1\n\"b,c\",2\n")]);
}

#[tokio::test]
async fn a_later_run_goes_on_behind_the_earlier_one() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("part-0000000041.jsonl"), "1\n").unwrap();
    fs::write(dir.path().join(".part-0000000042.jsonl.tmp"), "unfinished").unwrap();
    fs::write(dir.path().join(".part-0000000042.csv.tmp"), "another sink's").unwrap();
    let mut sink = files(dir.path()).jsonl();
    sink.open(&Run::new("p")).await.unwrap();
    let staged = vec![stage(&sink, &[2])];
    sink.prepare(&id(0), staged).await.unwrap();
    sink.commit(&id(0)).await.unwrap();
    let expect = [
        file(".part-0000000042.csv.tmp", "another sink's"),
        file("part-0000000041.jsonl", "1\n"),
        file("part-0000000042.jsonl", "2\n"),
    ];
    assert_eq!(list(dir.path()), expect);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).jsonl();
    sink.open(&Run::new("p")).await.unwrap();
    let staged = vec![stage(&sink, &[1])];
    sink.prepare(&id(0), staged).await.unwrap();
    let path = dir.path().join("part-0000000000.jsonl");
    fs::write(&path, "mine\n").unwrap();
    let error = sink.commit(&id(0)).await.unwrap_err().to_string();
    let expect = "is there already, made by another sink: give each sink a directory of its own";
    assert_eq!(error, format!("`{}` {expect}", path.display()));
    assert_eq!(fs::read_to_string(path).unwrap(), "mine\n");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("file/out");
    fs::write(dir.path().join("file"), "").unwrap();
    let error = files(&out).jsonl().open(&Run::new("p")).await.unwrap_err().to_string();
    let at = out.display();
    assert_eq!(
        error,
        format!(
            "cannot make the directory `{at}`: Not a directory (os error 20): a file is in the way, write to another directory"
        )
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_named_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).jsonl();
    sink.open(&Run::new("p")).await.unwrap();
    let hidden = dir.path().join(".part-0000000000.jsonl.tmp");
    std::os::unix::fs::symlink("/dev/full", &hidden).unwrap();
    let staged = vec![stage(&sink, &[1])];
    let error = sink.prepare(&id(0), staged).await.unwrap_err().to_string();
    let at = hidden.display();
    assert_eq!(
        error,
        format!(
            "cannot write `{at}`: No space left on device (os error 28): free space there, or write to another directory"
        )
    );
    assert_eq!(list(dir.path()), []);
}

#[test]
fn a_record_that_is_no_row_says_what_to_do() {
    let sink = files("out").csv();
    let error = sink.encoder().encode(vec![vec![1]], &mut CsvRows::default());
    assert!(error.is_ok(), "a list of lists is one row: {error:?}");
    let record = std::collections::BTreeMap::from([("a", 1)]);
    let error = sink.encoder().encode(record, &mut CsvRows::default()).unwrap_err();
    let expect = "cannot write a record as CSV: serializing maps is not supported: map it to a struct of numbers and text, or use `.jsonl()`";
    assert_eq!(error.to_string(), expect);
}
