//! The thread that follows the files of a pattern: it finds them, reads what is new, and waits for more.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

use super::copies::{Beginnings, Ghost, Held};
use super::descriptors::Exhausted;
use super::glob::Glob;
use super::os::FileId;
use super::position::FilePosition;
use super::reader::Reader;
use super::table::{Place, Table};
use super::watch::{Changes, Watch};
use crate::clock::WallClock;
use crate::source::{Block, Event, Framing, SourceError};

pub(super) type Said = Result<Event<Block, FilePosition>, SourceError>;

/// How long events are gathered before files are looked at again, so that a file that grows all the time gives chunks and not lines.
const GATHER: Duration = Duration::from_millis(25);
/// How often files are looked at whose changes are not told.
pub(super) const POLL: Duration = Duration::from_millis(200);
/// How often idle files are looked for.
const UPKEEP: Duration = Duration::from_secs(5);

/// What a run asks for.
#[derive(Debug)]
pub(super) struct How {
    pub(super) framing: Framing,
    pub(super) bounded: bool,
    /// The most rows of a chunk, and the most bytes.
    pub(super) rows: usize,
    pub(super) room: usize,
    /// After how long without a change an unfinished last line counts.
    pub(super) unfinished_after: Option<Duration>,
}

impl How {
    /// How bytes are cut, and into which pieces.
    pub(super) fn cut(&self) -> (Framing, usize, usize) {
        (self.framing, self.rows, self.room)
    }
}

/// Part of a file that waits to be read.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: FileId,
    /// Where to stop; nothing until the file was looked at.
    pub(super) to: Option<u64>,
    /// The last line counts with or without an end, unless more has come by then.
    pub(super) complete: bool,
    /// The file was looked at since the job began.
    pub(super) looked: bool,
    /// The file is deleted, and is forgotten afterwards.
    pub(super) last: bool,
}

impl Job {
    pub(super) fn new(id: FileId) -> Self {
        Self {
            id,
            to: None,
            complete: false,
            looked: false,
            last: false,
        }
    }
}

/// Why the thread ends.
#[derive(Debug)]
pub(super) enum Halt {
    /// Nobody listens any more.
    Unheard,
    Failed(SourceError),
}

#[derive(Debug)]
pub(super) struct Tail {
    pub(super) how: How,
    pub(super) glob: Glob,
    pub(super) clock: WallClock,
    pub(super) table: Table,
    pub(super) queue: VecDeque<Job>,
    /// Files that are open.
    pub(super) readers: HashMap<FileId, Reader>,
    pub(super) watch: Watch,
    /// When all is to be looked at again, and not before when.
    pub(super) next_scan: Duration,
    pub(super) not_before: Duration,
    /// What could not be looked at, and was said so.
    pub(super) unseen: BTreeSet<PathBuf>,
    /// When to try again to read a file.
    pub(super) retries: BTreeMap<FileId, Duration>,
    /// When an unfinished last line counts.
    pub(super) partials: BTreeMap<FileId, Duration>,
    /// Files that were truncated.
    pub(super) ghosts: Vec<Ghost>,
    /// New files that may be copies.
    pub(super) held: BTreeMap<FileId, Held>,
    pub(super) beginnings: Beginnings,
    /// What waits because too many files are open.
    pub(super) exhausted: Exhausted,
    /// An earlier run has left positions.
    pub(super) resumed: bool,
    said: Sender<Said>,
    /// What is to be said once the partition is announced.
    early: Option<Vec<Event<Block, FilePosition>>>,
    pub(super) caught_up: bool,
    /// When changes were last taken.
    looked: Duration,
    kept_up: Duration,
}

impl Tail {
    pub(super) fn new(how: How, glob: Glob, watch: Watch, said: Sender<Said>) -> Self {
        let clock = WallClock::machine();
        Self {
            how,
            glob,
            exhausted: Exhausted::new(clock.clone()),
            clock,
            table: Table::default(),
            queue: VecDeque::new(),
            readers: HashMap::new(),
            watch,
            next_scan: Duration::ZERO,
            not_before: Duration::ZERO,
            unseen: BTreeSet::new(),
            retries: BTreeMap::new(),
            partials: BTreeMap::new(),
            ghosts: Vec::new(),
            held: BTreeMap::new(),
            beginnings: Beginnings::default(),
            resumed: false,
            said,
            early: Some(Vec::new()),
            caught_up: false,
            looked: Duration::ZERO,
            kept_up: Duration::ZERO,
        }
    }

    /// Looks at the files that are there, and says what comes of them until there is nothing more to say or nobody listens.
    pub(super) fn run(
        mut self,
        label: &str,
        earlier: &[(String, FilePosition)],
        opened: oneshot::Sender<Result<(), SourceError>>,
    ) {
        self.resumed = !earlier.is_empty();
        // The positions that change are told after the partition; there may be more of them than the channel takes.
        let first = self.scan().and_then(|()| self.expect_files());
        if let Err(Halt::Failed(error)) = first {
            let _ = opened.send(Err(error));
            return;
        }
        let _ = opened.send(Ok(()));
        if let Err(Halt::Failed(error)) = self.announce(label, earlier).and_then(|()| self.follow()) {
            let _ = self.said.blocking_send(Err(error));
        }
    }

    /// No file at all is an error of a bounded run, and said once in a continuous one.
    fn expect_files(&self) -> Result<(), Halt> {
        if self.table.iter().any(|(_, entry)| !entry.is_gone()) {
            return Ok(());
        }
        if self.exhausted.hides_files() {
            return Ok(());
        }
        let why = self.glob.no_match();
        if self.how.bounded {
            return Err(Halt::Failed(SourceError::new(why).permanent()));
        }
        tracing::warn!("{why}; the pipeline waits for one");
        Ok(())
    }

    pub(super) fn say(&mut self, event: Event<Block, FilePosition>) -> Result<(), Halt> {
        if let Some(early) = &mut self.early {
            early.push(event);
            return Ok(());
        }
        self.said.blocking_send(Ok(event)).map_err(|_| Halt::Unheard)
    }

    /// Where reading of a file stands has changed without data.
    pub(super) fn say_moved(&mut self, next: FilePosition) -> Result<(), Halt> {
        self.say(Event::Moved { partition: 0, next })
    }

    /// Announces the partition, and takes over the positions that an earlier pattern left.
    fn announce(&mut self, label: &str, earlier: &[(String, FilePosition)]) -> Result<(), Halt> {
        let mut labels: Vec<&str> = earlier
            .iter()
            .map(|(old, _)| old.as_str())
            .filter(|old| *old != label)
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels.insert(0, label);
        let early = self.early.take().unwrap_or_default();
        for (partition, label) in (0..).zip(&labels) {
            let label = (*label).to_owned();
            self.say(Event::Added { partition, label })?;
        }
        if labels.len() > 1 {
            let kept = self.table.iter().filter(|(_, entry)| entry.kept);
            let positions: Vec<FilePosition> = kept.map(|(_, entry)| entry.position()).collect();
            for position in positions {
                self.say_moved(position)?;
            }
        }
        for (partition, old) in (0..).zip(&labels).skip(1) {
            for (_, position) in earlier.iter().filter(|(label, _)| label == *old) {
                let finished = true;
                let next = FilePosition {
                    finished,
                    ..position.clone()
                };
                self.say(Event::Moved { partition, next })?;
            }
            self.say(Event::Removed { partition })?;
        }
        for event in early {
            self.say(event)?;
        }
        Ok(())
    }

    fn follow(&mut self) -> Result<(), Halt> {
        loop {
            while let Some(job) = self.queue.pop_front() {
                self.visit(job)?;
                if !self.how.bounded && self.now() >= self.looked + POLL {
                    self.look_around()?;
                }
            }
            self.exhausted.tell();
            if self.how.bounded {
                return self.say(Event::Ended);
            }
            if !std::mem::replace(&mut self.caught_up, true) {
                self.say(Event::CaughtUp { partition: 0 })?;
            }
            if self.is_unheard() {
                return Err(Halt::Unheard);
            }
            self.watch.wait(self.pause());
            let gathered = self.looked + GATHER;
            if let Some(rest) = gathered.checked_sub(self.now()).filter(|rest| !rest.is_zero()) {
                std::thread::sleep(rest);
            }
            self.look_around()?;
        }
    }

    /// Nobody listens any more.
    pub(super) fn is_unheard(&self) -> bool {
        self.said.is_closed()
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// How long nothing is to be done, unless something changes.
    fn pause(&self) -> Duration {
        let held = self.held.values().map(|held| &held.until);
        let due = self.retries.values().chain(self.partials.values()).chain(held).min();
        let due = due.map_or(self.next_scan, |due| self.next_scan.min(*due));
        let upkeep = if self.polls() { POLL } else { UPKEEP };
        due.min(self.kept_up + upkeep).saturating_sub(self.now())
    }

    /// Whether there are files that are open, and whose changes are not told.
    fn polls(&self) -> bool {
        let is_told = |id| self.table.get(id).is_some_and(|entry| entry.place == Place::Listed);
        !self.readers.is_empty() && (!self.watch.is_complete() || !self.readers.keys().all(|id| is_told(*id)))
    }

    /// Takes in what has changed.
    pub(super) fn look_around(&mut self) -> Result<(), Halt> {
        let Changes { paths, renamed, rescan } = self.watch.take();
        let now = self.now();
        self.looked = now;
        if rescan {
            self.next_scan = self.next_scan.min(self.not_before);
        }
        if self.next_scan <= now {
            self.scan()?;
        } else if !paths.is_empty() {
            self.touch(paths)?;
        }
        self.follow_names(renamed);
        for id in due(&mut self.retries, now) {
            self.enqueue(id);
        }
        for id in due(&mut self.partials, now) {
            self.queue.push_back(Job {
                complete: true,
                ..Job::new(id)
            });
        }
        let held = self.held.iter().filter(|(_, held)| held.until <= now);
        let held: Vec<FileId> = held.map(|(id, _)| *id).collect();
        for id in held {
            self.enqueue(id);
        }
        let upkeep = if self.polls() { POLL } else { UPKEEP };
        if now >= self.kept_up + upkeep {
            self.kept_up = now;
            self.keep_up()?;
        }
        Ok(())
    }

    /// Queues a file that may have something to read.
    pub(super) fn enqueue(&mut self, id: FileId) {
        let bounded = self.how.bounded;
        if let Some(entry) = self.table.get_mut(id)
            && !std::mem::replace(&mut entry.queued, true)
        {
            self.queue.push_back(Job {
                to: bounded.then_some(entry.look.len),
                complete: bounded,
                ..Job::new(id)
            });
        }
    }
}

/// Takes out what is due.
fn due(times: &mut BTreeMap<FileId, Duration>, now: Duration) -> Vec<FileId> {
    let ids: Vec<FileId> = times.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
    for id in &ids {
        times.remove(id);
    }
    ids
}
