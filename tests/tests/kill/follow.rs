//! A pipeline that follows log files is killed while a writer appends, pauses in the middle of lines, and rotates: every line counts once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::lives::{PLACES, setting};
use crate::victim::{Victim, follower};
use streaming_tests::random::Random;

/// What a writer and a killer do in a round.
const STEPS: u64 = 500;

/// How often which was done.
#[derive(Debug, Default)]
struct Counts {
    lines: AtomicU64,
    killed: AtomicU64,
    at_places: AtomicU64,
    terminated: AtomicU64,
    rotations: AtomicU64,
    deleted: AtomicU64,
}

impl Counts {
    fn one(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn every_line_of_files_that_are_rotated_counts_once() {
    let (rounds, seed) = (setting("FOLLOW_ROUNDS", 8), setting("FOLLOW_SEED", 1));
    let counts = Counts::default();
    let next = AtomicU64::new(seed);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed_of_round = next.fetch_add(1, Ordering::Relaxed);
                    if seed_of_round >= seed + rounds {
                        return;
                    }
                    round(seed_of_round, None, &counts);
                }
            });
        }
    });
    println!("{counts:?}");
    assert!(counts.killed.into_inner() >= rounds, "hardly anything was killed");
    assert!(counts.rotations.into_inner() >= rounds, "hardly anything was rotated");
}

#[test]
fn positions_that_are_not_of_their_batch_are_found() {
    let counts = Counts::default();
    let found = (0..30).any(|seed| {
        let round = || round(seed, Some("PositionsOfTheBatchBefore"), &counts);
        catch_unwind(AssertUnwindSafe(round)).is_err()
    });
    assert!(found, "{counts:?}");
}

fn round(seed: u64, bug: Option<&'static str>, counts: &Counts) {
    let mut random = Random::new(seed);
    let directory = tempfile::tempdir().unwrap();
    println!("FOLLOW_SEED={seed}");
    let mut writer = Writer::new(directory.path());
    let mut lives = Lives {
        directory: directory.path(),
        bug,
        life: None,
        said: String::new(),
    };
    for _ in 0..STEPS {
        sleep(Duration::from_micros(random.below(6_000)));
        writer.step(&mut random, counts);
        lives.said += &std::mem::take(&mut writer.said);
        lives.step(&mut random, counts);
    }
    lives.kill(counts);
    writer.finish_line();
    let mut last = follower(directory.path(), 2, "finish");
    last.envs(bug.map(|bug| ("VICTIM_BUG", bug)));
    let ended = Victim::start(last).end();
    assert!(ended.status.success(), "seed {seed}: {}", ended.errors);
    let found = numbers_in(directory.path());
    let once: BTreeSet<u64> = found.iter().copied().collect();
    // What led to it, in order: the log begins with the date.
    let mut story: Vec<&str> = lives.said.lines().chain(ended.errors.lines()).collect();
    story.sort_by_key(|line| {
        line.split_once('T')
            .filter(|(date, _)| date.len() == 10)
            .map_or(*line, |(_, time)| time)
    });
    let story = story.join("\n");
    let missing: Vec<u64> = (0..writer.next).filter(|id| !once.contains(id)).collect();
    assert_eq!(
        missing, [0u64; 0],
        "seed {seed}: lines that are lost of {}\n{story}",
        writer.next
    );
    let mut twice: Vec<u64> = found.clone();
    twice.sort_unstable();
    let twice: Vec<u64> = twice
        .windows(2)
        .filter(|two| two[0] == two[1])
        .map(|two| two[0])
        .collect();
    assert_eq!(
        twice, [0u64; 0],
        "seed {seed}: lines that count twice of {}\n{story}",
        writer.next
    );
    assert_eq!(found.len() as u64, writer.next, "seed {seed}");
    let counted: Counted = serde_json::from_str(&ended.output).unwrap();
    assert_eq!(
        (counted.rows_in, counted.rows_out),
        (writer.next, writer.next),
        "seed {seed}: read and written over all lives"
    );
    counts.lines.fetch_add(writer.next, Ordering::Relaxed);
}

#[derive(Deserialize)]
struct Counted {
    rows_in: u64,
    rows_out: u64,
}

/// The lives of the pipeline.
struct Lives<'d> {
    directory: &'d Path,
    bug: Option<&'static str>,
    life: Option<Victim>,
    /// The log of all lives, and what the writer did in between.
    said: String,
}

impl Lives<'_> {
    fn step(&mut self, random: &mut Random, counts: &Counts) {
        let Some(life) = &mut self.life else {
            if random.one_in(4) {
                let mut command = follower(self.directory, 1 + random.below(3), "follow");
                command.envs(self.bug.map(|bug| ("VICTIM_BUG", bug)));
                if random.one_in(4) {
                    let place = PLACES[usize::try_from(random.below(PLACES.len() as u64)).unwrap()];
                    command.env("STREAMING_CRASH_AT", format!("{place}:{}", 1 + random.below(3)));
                }
                self.life = Some(Victim::start(command));
            }
            return;
        };
        if life.is_over() {
            let ended = self.life.take().unwrap().end();
            self.said += &ended.errors;
            assert_eq!(
                ended.status.signal(),
                Some(9),
                "it has ended by itself: {}",
                ended.errors
            );
            Counts::one(&counts.at_places);
        } else if random.one_in(25) {
            self.kill(counts);
        } else if random.one_in(60) {
            let life = self.life.take().unwrap();
            life.terminate();
            let ended = life.end();
            self.said += &ended.errors;
            let stopped = matches!(ended.status.signal(), Some(9 | 15));
            assert!(ended.status.success() || stopped, "{}", ended.errors);
            Counts::one(&counts.terminated);
        }
    }

    fn kill(&mut self, counts: &Counts) {
        if let Some(mut life) = self.life.take() {
            life.kill();
            let ended = life.end();
            self.said += &ended.errors;
            assert_eq!(ended.status.signal(), Some(9), "{}", ended.errors);
            Counts::one(&counts.killed);
        }
    }
}

/// Who writes the log: lines with numbers, one after the other.
struct Writer<'d> {
    directory: &'d Path,
    /// Where it writes.
    path: PathBuf,
    log: File,
    /// The number of the first line in there, and of the next one.
    first: u64,
    next: u64,
    /// What is missing of a line that it has begun.
    rest: Option<String>,
    /// Files that were rotated, under names that match, with the number after their last line.
    rotated: Vec<(PathBuf, u64)>,
    rotations: u64,
    said: String,
}

impl<'d> Writer<'d> {
    fn new(directory: &'d Path) -> Self {
        for name in ["in/a", "in/b"] {
            fs::create_dir_all(directory.join(name)).unwrap();
        }
        let path = directory.join("in/a/app.log");
        Self {
            directory,
            log: append_to(&path),
            path,
            first: 0,
            next: 0,
            rest: None,
            rotated: Vec::new(),
            rotations: 0,
            said: String::new(),
        }
    }

    fn step(&mut self, random: &mut Random, counts: &Counts) {
        match random.below(40) {
            0..20 => self.lines(1 + random.below(30), random),
            20..28 => self.begin_line(random),
            28..30 => self.rotate(random, counts),
            30..32 => self.copy_and_truncate(counts),
            32..34 => self.delete(counts),
            // It pauses, perhaps in the middle of a line.
            _ => {}
        }
    }

    /// Notes what it has done, at the time at which the pipeline's log has what it said.
    fn note(&mut self, what: &str) {
        let day = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() % 86_400_000_000;
        let (seconds, micros) = (day / 1_000_000, day % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ = writeln!(
            self.said,
            "{hours:02}:{minutes:02}:{seconds:02}.{micros:06} the writer: {what}"
        );
    }

    fn line(&mut self, random: &mut Random) -> String {
        let padding = "x".repeat(usize::try_from(random.below(120)).unwrap());
        let line = format!("{{\"id\":{},\"padding\":\"{padding}\"}}\n", self.next);
        self.next += 1;
        line
    }

    /// Some lines at once, behind the one that it has begun.
    fn lines(&mut self, count: u64, random: &mut Random) {
        let mut text = self.rest.take().unwrap_or_default();
        for _ in 0..count {
            text += &self.line(random);
        }
        self.log.write_all(text.as_bytes()).unwrap();
    }

    /// Part of a line, as a buffer leaves it that is full.
    fn begin_line(&mut self, random: &mut Random) {
        self.finish_line();
        let line = self.line(random);
        let (begun, rest) = line.split_at(usize::try_from(1 + random.below(line.len() as u64 - 1)).unwrap());
        self.log.write_all(begun.as_bytes()).unwrap();
        self.rest = Some(rest.to_owned());
    }

    fn finish_line(&mut self) {
        if let Some(rest) = self.rest.take() {
            self.log.write_all(rest.as_bytes()).unwrap();
        }
    }

    /// Gives the log another name, perhaps in the middle of a line, and writes some more to it before it begins a new one.
    fn rotate(&mut self, random: &mut Random, counts: &Counts) {
        self.rotations += 1;
        let number = self.rotations;
        // A file that no run has seen yet under a name that matches is not known to be one of the log.
        let is_known = numbers_in(self.directory).iter().any(|id| *id >= self.first);
        let (name, matches) = match random.below(3) {
            0 => (format!("in/b/app.log.{number}"), true),
            1 if is_known => (format!("in/a/old-{number}"), false),
            _ => (format!("in/a/app.log.{number}"), true),
        };
        let to = self.directory.join(name);
        fs::rename(&self.path, &to).unwrap();
        if random.one_in(2) {
            sleep(Duration::from_micros(random.below(4_000)));
        }
        if random.one_in(2) {
            self.lines(random.below(5), random);
        }
        self.finish_line();
        if matches {
            self.rotated.push((to.clone(), self.next));
        }
        self.log = append_to(&self.path);
        self.first = self.next;
        self.note(&format!("{} holds lines up to {}", to.display(), self.next));
        Counts::one(&counts.rotations);
    }

    /// Rotates as `copytruncate` does; nothing is written between the copy and the truncation.
    fn copy_and_truncate(&mut self, counts: &Counts) {
        self.finish_line();
        self.rotations += 1;
        let to = self.directory.join(format!("in/a/app.log.{}", self.rotations));
        fs::copy(&self.path, &to).unwrap();
        self.log.set_len(0).unwrap();
        self.note(&format!(
            "{} is the copy of lines {} to {}",
            to.display(),
            self.first,
            self.next
        ));
        self.rotated.push((to, self.next));
        self.first = self.next;
        Counts::one(&counts.rotations);
    }

    /// Deletes the oldest rotated file, once all that was ever in it has been written.
    fn delete(&mut self, counts: &Counts) {
        let Some((path, end)) = self.rotated.first() else {
            return;
        };
        let written: BTreeSet<u64> = numbers_in(self.directory).into_iter().collect();
        if (0..*end).all(|id| written.contains(&id)) {
            fs::remove_file(path).unwrap();
            let (path, _) = self.rotated.remove(0);
            self.note(&format!("{} is deleted", path.display()));
            Counts::one(&counts.deleted);
        }
    }
}

fn append_to(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

/// The numbers that stand in visible files of the output.
fn numbers_in(directory: &Path) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(directory.join("out")) else {
        return Vec::new();
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("part-") {
            let text = fs::read_to_string(&path).unwrap();
            numbers.extend(text.lines().map(|line| line.parse::<u64>().unwrap()));
        }
    }
    numbers
}
