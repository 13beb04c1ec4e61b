//! The input, what one undisturbed run makes of it, and what is there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use streaming_tests::random::Random;

/// Events until the first may be late: by then every watermark has passed the first window.
const BEFORE_LATE: u64 = 1_500;

/// What the pipeline has to give.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    lines: u64,
    /// Where lines that cannot be decoded stand: file and offset.
    broken: Vec<(String, u64)>,
    thirds: Vec<u64>,
    late: Vec<u64>,
    /// By key and start.
    windows: BTreeMap<(u64, i64), Window>,
    /// Events and sum by key.
    running: BTreeMap<u64, (u64, i64)>,
}

/// Events, sum, and the first and last event by time and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    events: u64,
    sum: i64,
    first: (i64, u64),
    last: (i64, u64),
}

/// Writes so many lines into `in/`, over some files.
pub(crate) fn write_input(directory: &Path, lines: u64, random: &mut Random) -> Expected {
    let mut expected = Expected {
        lines,
        ..Expected::default()
    };
    let files = 1 + random.below(4);
    fs::create_dir_all(directory.join("in")).unwrap();
    for file in 0..files {
        let path = directory.join(format!("in/{file}.jsonl"));
        let mut text = String::new();
        for id in file * lines / files..(file + 1) * lines / files {
            if random.one_in(150) {
                expected.broken.push((path.display().to_string(), text.len() as u64));
                text.push_str("{broken\n");
                continue;
            }
            let now = i64::try_from(id).unwrap() * 10;
            let late = id >= BEFORE_LATE && random.one_in(80);
            let delay = i64::try_from(random.below(1_900)).unwrap();
            let at = if late { 0 } else { (now - delay).max(0) };
            let key = random.below(20).min(random.below(20));
            let value = i64::try_from(random.below(1_000)).unwrap() - 300;
            let _ = writeln!(text, r#"{{"id":{id},"key":{key},"at":{at},"value":{value}}}"#);
            expected.event(id, key, at, value, late);
        }
        fs::write(path, text).unwrap();
    }
    expected
}

impl Expected {
    fn event(&mut self, id: u64, key: u64, at: i64, value: i64, late: bool) {
        if value % 3 == 0 {
            self.thirds.push(id);
        }
        let (events, sum) = self.running.entry(key).or_default();
        *events += 1;
        *sum += value;
        if late {
            self.late.push(id);
            return;
        }
        let window = self.windows.entry((key, at / 1_000 * 1_000)).or_insert(Window {
            events: 0,
            sum: 0,
            first: (at, id),
            last: (at, id),
        });
        window.events += 1;
        window.sum += value;
        window.first = window.first.min((at, id));
        window.last = window.last.max((at, id));
    }

    /// Writes one more event, so much later that every window before it closes. Its own stays open: the files may grow.
    pub(crate) fn end_input(&mut self, directory: &Path) {
        let (id, at) = (self.lines, i64::try_from(self.lines).unwrap() * 10 + 3_600_000);
        let line = format!("{{\"id\":{id},\"key\":0,\"at\":{at},\"value\":3}}\n");
        fs::write(directory.join("in/last.jsonl"), line).unwrap();
        self.event(id, 0, at, 3, false);
        self.windows.remove(&(0, at / 1_000 * 1_000));
        self.lines += 1;
    }

    /// Compares with what is there, and with what the last life has counted.
    pub(crate) fn check(&self, directory: &Path, counted: &str) {
        let out = directory.join("out");
        let numbers = |name: &str| -> Vec<u64> {
            let lines = lines_of(&out.join(name));
            lines.iter().map(|line| line.parse().unwrap()).collect()
        };
        assert_eq!(numbers("thirds"), self.thirds, "records in their order");
        assert_eq!(numbers("late"), self.late, "late records in their order");
        let broken: Vec<_> = lines_of(&out.join("dead")).iter().map(|line| letter(line)).collect();
        assert_eq!(broken, self.broken, "dead letters in their order");
        let windows = self.check_windows(&out);
        let updates = self.check_running(&out);
        let counted: Counted = serde_json::from_str(counted).unwrap();
        let rows_out = self.thirds.len() + self.late.len() + self.broken.len() + windows + updates;
        assert_eq!(
            (
                counted.rows_in,
                counted.errors,
                counted.skipped,
                counted.late,
                counted.rows_out
            ),
            (
                self.lines,
                self.broken.len() as u64,
                0,
                self.late.len() as u64,
                rows_out as u64
            ),
            "what was counted over all lives: read, broken, skipped, late, written"
        );
        let kept = fs::read_dir(directory.join("checkpoint")).unwrap().count();
        // Two snapshots, and the segments behind them: one for each life, sixteen at most until they are taken together.
        assert!(kept < 60, "{kept} files in the checkpoint");
    }

    fn check_windows(&self, out: &Path) -> usize {
        let mut found = BTreeMap::new();
        let lines = lines_of(&out.join("windows"));
        let rows: Vec<_> = lines.iter().filter(|line| **line != HEADER).collect();
        for row in &rows {
            let fields: Vec<i64> = row.split(',').map(|field| field.parse().unwrap()).collect();
            let [key, from, events, sum, first, last] = fields[..] else {
                panic!("{row}");
            };
            let before = found.insert((key.unsigned_abs(), from), [events, sum, first, last]);
            assert_eq!(before, None, "a window has fired twice: {row}");
        }
        let expected: BTreeMap<_, _> = self
            .windows
            .iter()
            .map(|(place, window)| {
                let number = |n: u64| i64::try_from(n).unwrap();
                let (first, last) = (number(window.first.1), number(window.last.1));
                (*place, [number(window.events), window.sum, first, last])
            })
            .collect();
        let wrong = |place: &&(u64, i64)| found.get(*place) != expected.get(*place);
        let wrong: Vec<_> = found.keys().chain(expected.keys()).filter(wrong).collect();
        let wrong: Vec<_> = wrong
            .iter()
            .map(|place| (place, found.get(*place), expected.get(*place)))
            .collect();
        assert!(wrong.is_empty(), "windows: key and start, found, expected: {wrong:?}");
        rows.len()
    }

    fn check_running(&self, out: &Path) -> usize {
        let mut so_far: BTreeMap<u64, (u64, i64)> = BTreeMap::new();
        let lines = lines_of(&out.join("running"));
        for line in &lines {
            let Running { key, events, sum } = serde_json::from_str(line).unwrap();
            let before = so_far.insert(key, (events, sum));
            assert!(
                before.is_none_or(|(before, _)| before < events),
                "the total of {key} goes back to {events}"
            );
        }
        assert_eq!(so_far, self.running, "running totals");
        lines.len()
    }
}

/// The first row of each CSV file.
const HEADER: &str = "key,from,events,sum,first,last";

#[derive(Deserialize)]
struct Running {
    key: u64,
    events: u64,
    sum: i64,
}

#[derive(Deserialize)]
struct Counted {
    rows_in: u64,
    rows_out: u64,
    late: u64,
    errors: u64,
    skipped: u64,
}

fn letter(line: &str) -> (String, u64) {
    #[derive(Deserialize)]
    struct Letter {
        place: String,
        offset: u64,
    }
    let letter: Letter = serde_json::from_str(line).unwrap();
    (letter.place, letter.offset)
}

/// All lines of all visible files, in the order of their names; nothing else may be left.
fn lines_of(directory: &Path) -> Vec<String> {
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap_or_else(|e| panic!("{}: {e}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with(".sink.lock"))
        .collect();
    paths.sort();
    let mut lines = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(!name.starts_with('.'), "`{}` is left", path.display());
        lines.extend(fs::read_to_string(&path).unwrap().lines().map(str::to_owned));
    }
    lines
}
