//! Whole pipelines over files that writers append to, rotate, and replace.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use streaming_runtime::sink::Collected;
use streaming_runtime::{Running, Trigger, stream_pipeline};

/// After this long, what is waited for does not come.
const LONG: Duration = Duration::from_secs(30);
const INTERVAL: Trigger = Trigger::Interval(Duration::from_millis(20));

#[derive(Serialize, Deserialize)]
struct Line {
    line: String,
}

/// A directory with `d` for the input, `ck` for the checkpoint and `out` for the output.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("d")).unwrap();
        Self(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// The lines that are in the output.
    fn lines(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("out")) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for file in files {
            let path = file.unwrap().path();
            let is_hidden = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with('.');
            if is_hidden(&path) || path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            for line in fs::read_to_string(path).unwrap().lines() {
                lines.push(serde_json::from_str::<Line>(line).unwrap().line);
            }
        }
        lines.sort_unstable();
        lines
    }
}

/// Copies the lines of the files that match, each once.
macro_rules! copy {
    ($place:expr, $pattern:expr) => {{
        let (pattern, out) = ($place.path($pattern).display().to_string(), $place.path("out"));
        let checkpoint = $place.path("ck");
        stream_pipeline!({
            settings(name = "copy", guarantee = exactly_once, checkpoint = checkpoint);
            let lines = files(pattern).lines();
            lines
                .map(|line| Line { line: line.to_owned() })
                .to(files(out).jsonl().roll(every = 1ms));
        })
    }};
}

fn copy_what_is_there(place: &Place, pattern: &str) -> Vec<String> {
    copy!(place, pattern)
        .trigger(Trigger::AvailableNow)
        .run_blocking()
        .unwrap();
    place.lines()
}

#[test]
fn lines_that_were_appended_between_two_runs_are_read_by_the_second() {
    let place = Place::new();
    place.write("d/a.log", "1\n");
    place.write("d/b.log", "2\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2"]);
    place.append("d/a.log", "3\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3"]);
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3"]);
}

#[test]
fn a_new_file_counts_whatever_its_name() {
    let place = Place::new();
    place.write("d/a.log", "1\n");
    place.write("d/b.log", "2\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2"]);
    place.write("d/0.log", "3\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3"]);
}

#[test]
fn another_pattern_goes_on_where_the_old_one_was() {
    let place = Place::new();
    place.write("d/a.log", "1\n");
    place.write("d/b.txt", "2\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1"]);
    place.append("d/a.log", "3\n");
    assert_eq!(copy_what_is_there(&place, "d/*"), ["1", "2", "3"]);
    // The positions went over to the new pattern: they are there again in the run after that.
    assert_eq!(copy_what_is_there(&place, "d/*"), ["1", "2", "3"]);
    // What is left out now is not read on.
    place.append("d/b.txt", "4\n");
    place.append("d/a.log", "5\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3", "5"]);
    assert_eq!(copy_what_is_there(&place, "d/*"), ["1", "2", "3", "4", "5"]);
}

#[test]
fn rotated_and_replaced_while_nothing_ran() {
    let place = Place::new();
    place.write("d/app.log", "line one..\nline two..\n");
    assert_eq!(copy_what_is_there(&place, "d/app.log*").len(), 2);
    // Another name, and a new file of the same length in its place.
    place.append("d/app.log", "line three\n");
    place.rename("d/app.log", "d/app.log.1");
    place.write("d/app.log", "line four.\nline five.\n");
    assert_eq!(copy_what_is_there(&place, "d/app.log*").len(), 5);
    // Shorter.
    place.write("d/app.log", "line six..\n");
    assert_eq!(copy_what_is_there(&place, "d/app.log*").len(), 6);
    // Truncated, and longer than it was.
    place.write("d/app.log", "line seven\nline eight\nline nine.\n");
    assert_eq!(copy_what_is_there(&place, "d/app.log*").len(), 9);
    // To a name that does not match, with lines that were not read.
    place.append("d/app.log", "line ten..\n");
    place.rename("d/app.log", "d/old");
    let lines = copy_what_is_there(&place, "d/app.log*");
    let mut expected = [
        "one..", "two..", "three", "four.", "five.", "six..", "seven", "eight", "nine.", "ten..",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected.map(|number| format!("line {number}")));
}

#[test]
fn the_rest_of_a_line_that_counted_without_its_end_is_told_apart() {
    let place = Place::new();
    place.write("d/a.log", "1\n2");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2"]);
    // The end alone is no record.
    place.append("d/a.log", "\n3");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3"]);
    // More of the line is one, and is warned of.
    place.append("d/a.log", "33\n4\n");
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3", "33", "4"]);
}

/// Stops a pipeline in good order.
fn stop(running: Running) {
    running.stop();
    running.join().unwrap();
}

/// Waits until `lines` gives as many lines as are expected, and compares.
fn await_lines(lines: impl Fn() -> Vec<String>, expected: &[&str]) {
    let began = Instant::now();
    while lines().len() < expected.len() && began.elapsed() < LONG {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(lines(), expected);
}

#[derive(Deserialize)]
struct Order {
    user: String,
}

#[test]
fn a_record_counts_when_its_line_ends() {
    let place = Place::new();
    place.write("d/a.jsonl", "");
    let users = Collected::new();
    let (out, pattern) = (users.clone(), place.path("d/*.jsonl").display().to_string());
    let live = {
        let pipeline = stream_pipeline!({
            let orders = files(pattern).json::<Order>();
            orders.map(|order| order.user).to(collect(out));
        });
        pipeline.trigger(INTERVAL).start()
    };
    place.append("d/a.jsonl", "{\"user\":\"ann\"}\n{\"user\":\"b");
    await_lines(|| users.snapshot(), &["ann"]);
    place.append("d/a.jsonl", "ob\"}\n{\"user\":");
    await_lines(|| users.snapshot(), &["ann", "bob"]);
    place.append("d/a.jsonl", "\"cleo\"}\n");
    await_lines(|| users.snapshot(), &["ann", "bob", "cleo"]);
    stop(live);
}

#[test]
fn an_unfinished_line_counts_after_a_time_where_that_is_asked_for() {
    let place = Place::new();
    place.write("d/a.log", "1\n2");
    let lines = Collected::new();
    let (out, pattern) = (lines.clone(), place.path("d/*.log").display().to_string());
    let live = {
        let pipeline = stream_pipeline!({
            let lines = files(pattern, unfinished_after = 50ms).lines();
            lines.map(|line| line.to_owned()).to(collect(out));
        });
        pipeline.trigger(INTERVAL).start()
    };
    await_lines(|| lines.snapshot(), &["1", "2"]);
    place.append("d/a.log", "\n3\n");
    await_lines(|| lines.snapshot(), &["1", "2", "3"]);
    stop(live);
}

/// Lines with the name of their file.
fn follow(place: &Place, pattern: &str) -> (Running, Collected<String>) {
    let lines = Collected::new();
    let (out, pattern) = (lines.clone(), place.path(pattern).display().to_string());
    let live = {
        let pipeline = stream_pipeline!({
            let lines = files(pattern).lines();
            lines
                .map(|line, meta| {
                    let name = meta.place().rsplit('/').next().unwrap_or_default().to_owned();
                    format!("{name} @{}: {line}", meta.offset())
                })
                .to(collect(out));
        });
        pipeline.trigger(INTERVAL).start()
    };
    (live, lines)
}

#[test]
fn rotation_while_the_pipeline_runs() {
    let place = Place::new();
    place.write("d/app.log", "1\n2\n3\n");
    let (live, lines) = follow(&place, "d/app.log*");
    let sorted = || {
        let mut lines = lines.snapshot();
        lines.sort_unstable();
        lines
    };
    await_lines(sorted, &["app.log @0: 1", "app.log @2: 2", "app.log @4: 3"]);
    // Lines just before the rename, and just after it.
    place.append("d/app.log", "4\n");
    place.rename("d/app.log", "d/app.log.1");
    place.append("d/app.log.1", "5\n");
    place.write("d/app.log", "four\n");
    let of = |number: &'static str| {
        move || {
            sorted()
                .into_iter()
                .filter(|line| line.ends_with(number))
                .collect::<Vec<_>>()
        }
    };
    await_lines(
        || {
            of(": 4")()
                .into_iter()
                .chain(of(": 5")())
                .map(|line| line[line.len() - 1..].to_owned())
                .collect()
        },
        &["4", "5"],
    );
    await_lines(of(": four"), &["app.log @0: four"]);
    assert_eq!(sorted().len(), 6);
    // Replaced by as many bytes.
    place.write("t", "zwei\n");
    place.rename("t", "d/app.log");
    await_lines(of(": zwei"), &["app.log @0: zwei"]);
    // Truncated, and longer than before.
    place.write("d/app.log", "first new line of 28 bytes..\nsecond new line\n");
    await_lines(of("bytes.."), &["app.log @0: first new line of 28 bytes.."]);
    await_lines(of("second new line"), &["app.log @29: second new line"]);
    assert_eq!(sorted().len(), 9);
    stop(live);
}

#[test]
fn a_file_that_is_away_for_a_moment_keeps_its_position() {
    let place = Place::new();
    place.write("d/a.log", "1\n2\n3\n");
    let out = || place.lines();
    let live = {
        let pipeline = copy!(place, "d/*.log").trigger(INTERVAL);
        pipeline.start()
    };
    await_lines(out, &["1", "2", "3"]);
    place.rename("d/a.log", "x");
    place.write("d/b.log", "4\n");
    await_lines(out, &["1", "2", "3", "4"]);
    place.rename("x", "d/a.log");
    place.append("d/a.log", "5\n");
    await_lines(out, &["1", "2", "3", "4", "5"]);
    stop(live);
    assert_eq!(copy_what_is_there(&place, "d/*.log"), ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_pattern_with_a_bracket_says_how_it_is_written_literally() {
    let place = Place::new();
    fs::create_dir(place.path("data [2024]")).unwrap();
    place.write("data [2024]/a.log", "1\n");
    let error = copy!(place, "data [2024]/a.log")
        .trigger(Trigger::AvailableNow)
        .run_blocking()
        .unwrap_err();
    let literal = place.path("data [[]2024]/a.log").display().to_string();
    assert!(error.to_string().contains(&format!("write `{literal}`")), "{error}");
    assert_eq!(copy_what_is_there(&place, "data [[]2024]/a.log"), ["1"]);
}
