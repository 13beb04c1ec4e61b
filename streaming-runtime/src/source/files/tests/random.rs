//! A writer that does all that writers do, and a reader that is killed and resumed from its positions: every line exactly once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// What is done next. The first number says to which of the files.
#[derive(Debug, Clone)]
enum Step {
    Append(usize, u8),
    /// Part of a line.
    Half(usize),
    /// The file gets a name that matches too; the writer goes on in it for a moment.
    RenameWithin(usize),
    /// The file gets a name in the same directory that does not match, right after lines were appended.
    RenameOutside(usize),
    /// The file goes to another directory, right after lines were appended.
    MoveAway(usize),
    AwayAndBack(usize),
    CopyTruncate(usize),
    /// The copy matches too.
    CopyTruncateWithin(usize),
    /// As many bytes, other ones.
    Overwrite(usize),
    /// Other bytes, and more of them.
    TruncateAndGrow(usize),
    Replace(usize),
    Delete(usize),
    /// Reads some events.
    Read(u8),
    Commit,
    Crash,
    /// A run that reads what is there.
    Bounded,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let file = 0usize..3;
    let step = prop_oneof![
        6 => (file.clone(), 1u8..20).prop_map(|(file, lines)| Step::Append(file, lines)),
        2 => file.clone().prop_map(Step::Half),
        2 => file.clone().prop_map(Step::RenameWithin),
        1 => file.clone().prop_map(Step::RenameOutside),
        1 => file.clone().prop_map(Step::MoveAway),
        1 => file.clone().prop_map(Step::AwayAndBack),
        1 => file.clone().prop_map(Step::CopyTruncate),
        1 => file.clone().prop_map(Step::CopyTruncateWithin),
        1 => file.clone().prop_map(Step::Overwrite),
        1 => file.clone().prop_map(Step::TruncateAndGrow),
        1 => file.clone().prop_map(Step::Replace),
        1 => file.prop_map(Step::Delete),
        3 => (1u8..4).prop_map(Step::Read),
        2 => Just(Step::Commit),
        3 => Just(Step::Crash),
        1 => Just(Step::Bounded),
    ];
    proptest::collection::vec(step, 1..40)
}

/// One of the files, as its writer sees it.
struct Writer {
    path: PathBuf,
    file: File,
    /// The first part of a line that was written without its end.
    half: Option<String>,
    /// Lines, so that the content can be written again with the same length.
    lines: usize,
}

struct World {
    directory: tempfile::TempDir,
    writers: Vec<Writer>,
    count: usize,
    source: Option<Files>,
    /// Lines that were written with their ends.
    written: BTreeSet<String>,
    /// Lines that were read and committed, and those that were read since.
    committed: Vec<String>,
    read: Vec<String>,
    positions: BTreeMap<String, FilePosition>,
    moved: BTreeMap<String, FilePosition>,
    said: VecDeque<String>,
}

fn open(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("d")).unwrap();
        fs::create_dir(directory.path().join("away")).unwrap();
        let writers = (0..3).map(|n| {
            let path = directory.path().join(format!("d/w{n}.log"));
            let file = open(&path);
            Writer {
                path,
                file,
                half: None,
                lines: 0,
            }
        });
        Self {
            writers: writers.collect(),
            directory,
            count: 0,
            source: None,
            written: BTreeSet::new(),
            committed: Vec::new(),
            read: Vec::new(),
            positions: BTreeMap::new(),
            moved: BTreeMap::new(),
            said: VecDeque::new(),
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("{:06}", self.count)
    }

    /// Appends whole lines, the first of which may have begun already.
    fn append(&mut self, writer: usize, lines: u8) {
        for _ in 0..lines {
            let name = self.name();
            let writer = &mut self.writers[writer];
            writer.file.write_all(format!("{name}\n").as_bytes()).unwrap();
            let line = writer.half.take().unwrap_or_default() + &name;
            writer.lines += 1;
            self.written.insert(line);
        }
    }

    fn half(&mut self, writer: usize) {
        let name = self.name();
        let writer = &mut self.writers[writer];
        writer.file.write_all(name.as_bytes()).unwrap();
        writer.half = Some(writer.half.take().unwrap_or_default() + &name);
    }

    async fn open(&mut self, bounded: bool) {
        let mut source = files(pattern(self.directory.path(), "d/*.log*"));
        let resume = self
            .positions
            .values()
            .map(|position| (pattern(self.directory.path(), "d/*.log*"), position.clone()));
        let resume = resume.collect();
        source
            .open(Open {
                resume,
                ..how(bounded, 64)
            })
            .await
            .unwrap();
        self.source = Some(source);
    }

    /// Takes one event; false where nothing more is there.
    async fn event(&mut self) -> bool {
        if self.source.is_none() {
            self.open(false).await;
        }
        let source = self.source.as_mut().unwrap();
        let event = timeout(Duration::from_secs(20), source.next());
        let Ok(event) = event.await else {
            let log: Vec<String> = self.said.iter().cloned().collect();
            panic!("missing: {:?}\n{}", self.missing(), log.join("\n"));
        };
        let event = event.unwrap();
        let position = match event {
            Event::Chunk(fetched) => {
                let shown = (Files::unit(&fetched.next), fetched.next.offset, show(&fetched.chunk));
                self.said.push_back(format!("read {shown:?}"));
                let lines = fetched
                    .chunk
                    .payloads()
                    .map(|(_, line)| String::from_utf8_lossy(line).into_owned());
                self.read.extend(lines);
                fetched.next
            }
            Event::Moved { next, .. } => {
                let shown = (Files::unit(&next), &next.path, next.offset, next.gone, next.finished);
                self.said.push_back(format!("moved {shown:?}"));
                next
            }
            Event::Ended => return false,
            _ => return true,
        };
        self.moved.insert(Files::unit(&position), position);
        true
    }

    fn missing(&self) -> Vec<&String> {
        let seen: BTreeSet<&String> = self.committed.iter().chain(&self.read).collect();
        self.written.iter().filter(|line| !seen.contains(line)).collect()
    }

    /// Reads until every line is there, and commits.
    async fn sync(&mut self) {
        while !self.missing().is_empty() {
            self.event().await;
        }
        self.commit();
    }

    fn commit(&mut self) {
        self.committed.append(&mut self.read);
        for (unit, position) in std::mem::take(&mut self.moved) {
            if Files::is_finished(&position) {
                self.positions.remove(&unit);
            } else {
                self.positions.insert(unit, position);
            }
        }
    }

    fn crash(&mut self) {
        self.said.push_back("crash".to_owned());
        self.source = None;
        self.read.clear();
        self.moved.clear();
    }

    /// A new file in place of the one that was there.
    fn begin(&mut self, writer: usize) {
        let writer = &mut self.writers[writer];
        writer.file = open(&writer.path);
        writer.lines = 0;
    }

    async fn step(&mut self, step: &Step) {
        self.said.push_back(format!("{step:?}"));
        match *step {
            Step::Append(writer, lines) => self.append(writer, lines),
            Step::Half(writer) => self.half(writer),
            Step::RenameWithin(writer) => {
                let name = self.name();
                let to = format!("{}.{name}", self.writers[writer].path.display());
                fs::rename(&self.writers[writer].path, to).unwrap();
                self.append(writer, 2);
                self.begin(writer);
                self.append(writer, 1);
            }
            Step::RenameOutside(writer) => {
                self.append(writer, 1);
                self.sync().await;
                let name = self.name();
                let to = self.directory.path().join(format!("d/old.{name}"));
                self.append(writer, 2);
                fs::rename(&self.writers[writer].path, to).unwrap();
                self.append(writer, 1);
                self.begin(writer);
            }
            Step::MoveAway(writer) => {
                self.append(writer, 1);
                self.sync().await;
                let name = self.name();
                let to = self.directory.path().join(format!("away/{name}"));
                self.append(writer, 2);
                fs::rename(&self.writers[writer].path, to).unwrap();
                self.begin(writer);
                // After a crash nobody knows where the file is.
                self.sync().await;
            }
            Step::AwayAndBack(writer) => {
                let to = self.directory.path().join("away/one");
                let path = self.writers[writer].path.clone();
                fs::rename(&path, &to).unwrap();
                self.event_now().await;
                fs::rename(to, path).unwrap();
            }
            Step::CopyTruncate(writer) | Step::CopyTruncateWithin(writer) => {
                self.append(writer, 1);
                self.sync().await;
                let name = self.name();
                let to = match step {
                    Step::CopyTruncate(_) => self.directory.path().join(format!("away/{name}")),
                    _ => PathBuf::from(format!("{}.{name}", self.writers[writer].path.display())),
                };
                fs::copy(&self.writers[writer].path, to).unwrap();
                self.writers[writer].file.set_len(0).unwrap();
                self.writers[writer].lines = 0;
            }
            Step::Overwrite(writer) | Step::TruncateAndGrow(writer) => {
                self.append(writer, 1);
                self.sync().await;
                let more = matches!(step, Step::TruncateAndGrow(_));
                self.rewrite(writer, more);
            }
            Step::Replace(writer) => {
                self.append(writer, 1);
                self.sync().await;
                let new = self.directory.path().join("away/new");
                let path = self.writers[writer].path.clone();
                self.writers[writer].file = open(&new);
                self.writers[writer].lines = 0;
                self.append(writer, 3);
                fs::rename(new, path).unwrap();
            }
            Step::Delete(writer) => {
                self.append(writer, 1);
                self.sync().await;
                fs::remove_file(&self.writers[writer].path).unwrap();
                self.begin(writer);
            }
            Step::Read(events) => {
                for _ in 0..events {
                    if !self.missing().is_empty() {
                        self.event().await;
                    }
                }
            }
            Step::Commit => self.commit(),
            Step::Crash => self.crash(),
            Step::Bounded => {
                for writer in 0..self.writers.len() {
                    if self.writers[writer].half.is_some() {
                        self.append(writer, 1);
                    }
                }
                self.crash();
                self.open(true).await;
                while self.event().await {}
                self.commit();
                self.source = None;
            }
        }
    }

    /// Lets the source notice what has changed, if it does at once.
    async fn event_now(&mut self) {
        if let Some(source) = &mut self.source
            && let Ok(Ok(Event::Chunk(_) | Event::Moved { .. })) =
                timeout(Duration::from_millis(60), source.next()).await
        {
            // Nobody has taken it: as after a crash.
            self.crash();
        }
    }

    /// Writes other lines in place of all that are there.
    fn rewrite(&mut self, writer: usize, more: bool) {
        let lines = self.writers[writer].lines + if more { 3 } else { 0 };
        let bytes = fs::metadata(&self.writers[writer].path).unwrap().len();
        let names: Vec<String> = (0..lines).map(|_| self.name()).collect();
        let mut text = names.concat().len() + names.len();
        // Lines that begun as halves are longer.
        let mut content = String::new();
        if more {
            self.written.insert(names[0].clone());
            content += &(names[0].clone() + "\n");
        } else {
            let extra = usize::try_from(bytes).unwrap().saturating_sub(text);
            let long = "x".repeat(extra) + &names[0];
            text += extra;
            assert_eq!(text as u64, bytes);
            self.written.insert(long.clone());
            content += &(long + "\n");
        }
        for name in &names[1..] {
            content += &(name.clone() + "\n");
            self.written.insert(name.clone());
        }
        fs::write(&self.writers[writer].path, content).unwrap();
        self.writers[writer].lines = lines;
    }
}

fn check(steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new();
        for step in steps {
            world.step(step).await;
        }
        for writer in 0..3 {
            world.append(writer, 1);
        }
        world.sync().await;
        let mut lines = world.committed.clone();
        lines.sort_unstable();
        let written: Vec<String> = world.written.iter().cloned().collect();
        if lines != written {
            let twice: Vec<&String> = lines
                .windows(2)
                .filter(|pair| pair[0] == pair[1])
                .map(|pair| &pair[0])
                .collect();
            let strange: Vec<&String> = lines.iter().filter(|line| !world.written.contains(*line)).collect();
            let log: Vec<String> = world.said.into();
            panic!("twice: {twice:?}, never written: {strange:?}\n{}", log.join("\n"));
        }
    });
}

/// A copy that is there when the reader starts again, and whose original gets another name before it is looked at.
#[test]
fn a_copy_is_judged_after_its_original() {
    check(&[
        Step::Append(0, 1),
        Step::CopyTruncateWithin(1),
        Step::Commit,
        Step::Crash,
        Step::Append(0, 18),
        Step::Read(1),
        Step::Append(1, 3),
        Step::RenameWithin(1),
        Step::Read(1),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("FILES_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn every_line_is_read_once(steps in steps()) {
        check(&steps);
    }
}
