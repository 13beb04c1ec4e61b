//! What comes with the library keeps its promises.

use std::fs;

use streaming_runtime::sink;
use streaming_runtime::source::{self, Block, Framing, Payloads, Rate, Records, Slice, Source};
use streaming_runtime::testing::{SinkHarness, SourceHarness};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The lines of all visible files.
fn lines(directory: &TempDir) -> Vec<String> {
    let names = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let visible = names.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("part-"));
    let text: String = visible.map(|path| fs::read_to_string(path).unwrap()).collect();
    text.lines().map(str::to_owned).collect()
}

const BATCHES: [&[u32]; 3] = [&[1, 2, 3], &[4], &[5, 6]];

fn batches() -> Vec<Vec<u32>> {
    BATCHES.iter().map(|batch| batch.to_vec()).collect()
}

fn as_lines(records: &[u32]) -> Vec<String> {
    records.iter().map(u32::to_string).collect()
}

#[test]
fn files_that_appear_with_every_batch() {
    let sink = |out: &TempDir| sink::files(out.path()).jsonl().roll_size(1);
    let harness = SinkHarness::new(async || directory(), sink, async |out: &TempDir| lines(out));
    let report = harness.check(&batches(), as_lines);
    report.assert();
}

#[test]
fn files_that_gather_batches() {
    let sink = |out: &TempDir| sink::files(out.path()).jsonl();
    let harness = SinkHarness::new(async || directory(), sink, async |out: &TempDir| lines(out));
    let report = harness.visible_when_closed().check(&batches(), as_lines);
    report.assert();
}

#[test]
fn files_are_read_once() {
    let world = async || {
        let logs = directory();
        for (name, text) in [("a", "1\n2\n3\n"), ("b", ""), ("c", "4\n"), ("d", "5\n6\n7")] {
            fs::write(logs.path().join(name), text).unwrap();
        }
        logs
    };
    let source = |logs: &TempDir| source::files(format!("{}/*", logs.path().display())).framed(Framing::lines());
    let records = |block: &Block| {
        block
            .payloads()
            .map(|(_, line)| str::from_utf8(line).unwrap().to_owned())
            .collect()
    };
    let expected = (1..=7).map(|n| n.to_string()).collect::<Vec<_>>();
    SourceHarness::new(world, source, records).check(&expected).assert();
}

#[test]
fn memory_is_read_once() {
    let source = |(): &()| source::memory([1, 2, 3, 4, 5]);
    let records = |chunk: &Slice<i32>| chunk.records().map(|(_, value)| *value).collect();
    SourceHarness::new(async || (), source, records)
        .check(&[1, 2, 3, 4, 5])
        .assert();
}

#[test]
fn numbers_at_a_rate_are_read_once() {
    let source = |(): &()| source::rate(100_000).count(9);
    let records = |chunk: &Slice<Rate>| chunk.records().map(|(_, rate)| rate.value).collect();
    let expected: Vec<u64> = (0..9).collect();
    SourceHarness::new(async || (), source, records)
        .check(&expected)
        .assert();
}

#[test]
fn merged_sources_are_read_once() {
    let source = |(): &()| source::merge(source::memory([1, 2, 3]), source::memory([4, 5]));
    let records = |chunk: &source::Either<Slice<i32>, Slice<i32>>| match chunk {
        source::Either::Left(chunk) | source::Either::Right(chunk) => {
            chunk.records().map(|(_, value)| *value).collect()
        }
    };
    SourceHarness::new(async || (), source, records)
        .check(&[1, 2, 3, 4, 5])
        .assert();
}
