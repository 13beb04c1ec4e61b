//! A pipeline that uses a checkpoint, and a naive picture of what the checkpoint must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::disk::Disk;
use super::random::Random;
use super::*;

pub(super) const OPERATORS: u32 = 2;
pub(super) const PARTITIONS: u32 = 3;

/// State: operator, key partition, slice, key; and the value.
pub(super) type State = BTreeMap<(u32, u32, i64, Vec<u8>), Vec<u8>>;

/// What may be found after a crash. Versions are numbered as they are made; the first is the empty checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Expected {
    pub possible: BTreeSet<usize>,
    /// Versions for which `done` was called.
    pub done: BTreeSet<usize>,
}

/// What a batch made.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub batch: u64,
    pub meta: Vec<u8>,
    pub state: Arc<State>,
    pub previous: usize,
}

/// A process that uses a checkpoint.
#[derive(Debug)]
pub(super) struct Process {
    pub disk: Disk,
    pub random: Random,
    pub versions: Vec<Version>,
    pub expected: Expected,
    journal: Option<Journal<Disk>>,
    current: usize,
    /// How long the journal may become.
    compact_at: u64,
    /// Values are shorter than this, but for a few.
    pub values: usize,
    /// It is another program now and then, for which all state is written anew.
    pub changes_program: bool,
}

/// An operator whose state is of a type with this shape.
pub(super) fn operator(name: &str, shape: &str) -> Described {
    let layout = Layout {
        scope: "everything so far".into(),
        key: r#"["STR",{}]"#.into(),
        value: r#"[{"TYPENAME":"streaming_runtime::Parts"},{"streaming_runtime::Parts":"UNITSTRUCT"}]"#.into(),
        parts: vec![PartOf {
            names: Vec::new(),
            call: "fold".into(),
            shape: shape.into(),
        }],
    };
    Described {
        of: StateOf {
            name: name.into(),
            state: Some(layout),
            reset: None,
        },
        was: Vec::new(),
        may_be: Vec::new(),
        means: vec![Means {
            empty: None,
            needs_record: false,
            measure: |_| None,
            adopt: |_| Err("it is another".into()),
        }],
        hash: |key| postcard::from_bytes::<&str>(key).ok().map(crate::key::hash_of),
    }
}

pub(super) const U64: &str = r#"["U64",{}]"#;

pub(super) fn identity() -> Identity {
    Identity {
        pipeline: "orders".into(),
        key_partitions: PARTITIONS,
        operators: vec![operator("count", U64), operator("last", U64)],
        forget: Vec::new(),
    }
}

/// The same pipeline with one operator more, which begins anew.
pub(super) fn beginning_anew(why: u64) -> Identity {
    let mut more = identity();
    let mut scratch = operator("scratch", U64);
    scratch.of.reset = Some(why.to_string());
    more.operators.push(scratch);
    more
}

pub(super) fn directory() -> &'static Path {
    Path::new("/checkpoint")
}

impl Process {
    pub(super) fn new(disk: Disk, seed: u64) -> Self {
        let empty = Version {
            batch: 0,
            meta: Vec::new(),
            state: Arc::default(),
            previous: 0,
        };
        let expected = Expected {
            possible: [0].into(),
            done: BTreeSet::new(),
        };
        Self::resume(disk, seed, vec![empty], expected)
    }

    /// Goes on from what was found on a disk.
    pub(super) fn resume(disk: Disk, seed: u64, versions: Vec<Version>, expected: Expected) -> Self {
        disk.expect(&expected);
        Self {
            disk,
            random: Random(seed),
            versions,
            expected,
            journal: None,
            current: 0,
            compact_at: 600 + 400 * (seed % 4),
            values: 300,
            changes_program: false,
        }
    }

    /// Does something; an error of the checkpoint ends the process, and the next step starts it again.
    pub(super) fn step(&mut self) -> Result<(), String> {
        let done = match self.random.below(100) {
            _ if self.journal.is_none() => self.start()?,
            0..4 => {
                self.journal = None;
                Ok(())
            }
            4..6 => self.close(),
            6..14 => self.undo(),
            _ => self.batch(),
        };
        match done {
            Err(error) if !error.is_full() => {
                self.journal = None;
                match error {
                    CheckpointError::Io { .. } => Ok(()),
                    other => Err(format!("the checkpoint fails: {other}")),
                }
            }
            _ => Ok(()),
        }
    }

    /// Ends the process in good order.
    pub(super) fn close(&mut self) -> Result<(), CheckpointError> {
        let Some(journal) = self.journal.take() else {
            return Ok(());
        };
        journal.close()?;
        self.now_possible([self.current]);
        Ok(())
    }

    /// Makes a durable batch that is done.
    pub(super) fn settled_batch(&mut self) {
        while self.journal.is_none() {
            self.step().expect("the disk works");
        }
        self.append(true).expect("the disk works");
        self.done().expect("the disk works");
    }

    pub(super) fn current_number(&self) -> usize {
        self.current
    }

    /// The version reached.
    pub(super) fn current(&self) -> &Version {
        &self.versions[self.current]
    }

    /// Starts as another program.
    fn start_changed(&mut self) -> Result<Result<(), CheckpointError>, String> {
        let identity = beginning_anew(self.random.next());
        let mut opened = match open(self.disk.clone(), directory(), identity) {
            Ok(opened) => opened,
            Err(error @ (CheckpointError::Io { .. } | CheckpointError::Full { .. })) => return Ok(Err(error)),
            Err(error) => return Err(format!("cannot be opened: {error}")),
        };
        // What was not known to be done is brought to its end before anything of this counts.
        let found: Vec<usize> = self.expected.possible.iter().copied().collect();
        self.expected.done.extend(found);
        if let Err(error) = opened.convert() {
            return Ok(Err(error));
        }
        self.current = match verify(&opened, &self.expected, &self.versions)? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        self.now_possible([self.current]);
        match opened.compact_at(self.compact_at).begin() {
            Ok(journal) => self.journal = Some(journal),
            Err(error) => return Ok(Err(error)),
        }
        self.now_possible([self.current]);
        Ok(Ok(()))
    }

    fn start(&mut self) -> Result<Result<(), CheckpointError>, String> {
        if self.changes_program {
            return self.start_changed();
        }
        let mut opened = match open(self.disk.clone(), directory(), identity()) {
            Ok(opened) => opened,
            Err(error @ (CheckpointError::Io { .. } | CheckpointError::Full { .. })) => return Ok(Err(error)),
            Err(error) => return Err(format!("cannot be opened: {error}")),
        };
        let found = match verify(&opened, &self.expected, &self.versions)? {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        self.current = found;
        // What a process has seen it acts upon: it must not change any more.
        self.now_possible([found]);
        if opened.last().is_some_and(|last| !last.done) && self.random.chance(30) {
            let previous = self.versions[found].previous;
            // A batch is only begun when the one before is done.
            self.expected.done.insert(previous);
            self.now_possible([found, previous]);
            opened.undo().map_err(|error| error.to_string())?;
            self.current = previous;
            let seen = Expected {
                possible: [previous].into(),
                done: [previous].into(),
            };
            if let Err(error) = verify(&opened, &seen, &self.versions)? {
                return Ok(Err(error));
            }
        }
        match opened.compact_at(self.compact_at).begin() {
            Ok(journal) => self.journal = Some(journal),
            Err(error) => return Ok(Err(error)),
        }
        self.now_possible([self.current]);
        if self.random.chance(50) && self.current > 0 {
            return Ok(self.done());
        }
        Ok(Ok(()))
    }

    /// Makes a batch.
    pub(super) fn batch(&mut self) -> Result<(), CheckpointError> {
        if self.current > 0 && self.random.chance(90) {
            self.done()?;
        }
        let durable = self.random.chance(85);
        self.append(durable)?;
        if self.random.chance(60) {
            self.done()?;
        }
        Ok(())
    }

    fn append(&mut self, durable: bool) -> Result<(), CheckpointError> {
        let (version, deltas) = self.next_version();
        let (batch, meta) = (version.batch, version.meta.clone());
        let number = self.versions.len();
        self.versions.push(version);
        let before = self.expected.possible.clone();
        self.now_possible(before.iter().copied().chain([number]).collect::<Vec<_>>());
        let journal = self.journal.as_mut().expect("a batch is made while a journal is open");
        if let Err(error) = journal.append(batch, &deltas, &meta, durable) {
            if error.is_full() {
                self.now_possible(before);
            }
            return Err(error);
        }
        self.current = number;
        if durable {
            self.now_possible([number]);
        }
        Ok(())
    }

    fn done(&mut self) -> Result<(), CheckpointError> {
        self.expected.done.insert(self.current);
        self.disk.expect(&self.expected);
        let journal = self.journal.as_mut().expect("a journal is open");
        journal.done(self.versions[self.current].batch)
    }

    fn undo(&mut self) -> Result<(), CheckpointError> {
        if self.current == 0 || self.expected.done.contains(&self.current) {
            return Ok(());
        }
        let previous = self.versions[self.current].previous;
        let possible = self
            .expected
            .possible
            .iter()
            .copied()
            .chain([previous])
            .collect::<Vec<_>>();
        self.now_possible(possible);
        let journal = self.journal.as_mut().expect("a journal is open");
        journal.undo(self.versions[self.current].batch)?;
        self.current = previous;
        self.expected.done.insert(previous);
        self.now_possible([previous]);
        Ok(())
    }

    fn now_possible(&mut self, versions: impl IntoIterator<Item = usize>) {
        self.expected.possible = versions.into_iter().collect();
        self.disk.expect(&self.expected);
    }

    fn next_version(&mut self) -> (Version, Vec<Delta>) {
        let mut state = State::clone(&self.versions[self.current].state);
        let mut deltas = Vec::new();
        for operator in 0..OPERATORS {
            for partition in 0..PARTITIONS {
                if self.random.chance(60) {
                    let changes = self.changes(operator, partition, &mut state);
                    deltas.push(Delta {
                        operator,
                        partition,
                        changes: changes.into_bytes(),
                    });
                }
            }
        }
        let batch = self.versions[self.current].batch + 1;
        let mut meta = (self.versions.len() as u64).to_le_bytes().to_vec();
        meta.resize(8 + self.random.below(40), 0xab);
        let version = Version {
            batch,
            meta,
            state: Arc::new(state),
            previous: self.current,
        };
        (version, deltas)
    }

    fn changes(&mut self, operator: u32, partition: u32, state: &mut State) -> Changes {
        let mut changes = Changes::default();
        for _ in 0..self.random.below(6) {
            let slice = [-1, 0, 1000][self.random.below(3)];
            let key = vec![b'k'; 1 + self.random.below(4)];
            match self.random.below(10) {
                0 => {
                    changes.drop_slice(slice);
                    state.retain(|(of, part, in_slice, _), _| (*of, *part, *in_slice) != (operator, partition, slice));
                }
                1 | 2 => {
                    changes
                        .remove::<()>(slice, append(&key))
                        .expect("it is written to memory");
                    state.remove(&(operator, partition, slice, key));
                }
                3 | 4 if state.contains_key(&(operator, partition, slice, key.clone())) => {
                    let addition = vec![self.random.next().to_le_bytes()[0]; self.random.below(20)];
                    changes
                        .extend::<()>(slice, append(&key), append(&addition))
                        .expect("it is written to memory");
                    state
                        .entry((operator, partition, slice, key))
                        .or_default()
                        .extend_from_slice(&addition);
                }
                _ => {
                    let long = self.values == 300 && self.random.chance(1);
                    let value = vec![
                        self.random.next().to_le_bytes()[0];
                        if long { 40_000 } else { self.random.below(self.values) }
                    ];
                    changes
                        .put::<()>(slice, append(&key), append(&value))
                        .expect("it is written to memory");
                    state.insert((operator, partition, slice, key), value);
                }
            }
        }
        changes
    }
}

/// Which version was found; a text when it is none that may be there, and an error of the disk when it cannot be read.
pub(super) fn verify<F: Filesystem>(
    opened: &Opened<F>,
    expected: &Expected,
    versions: &[Version],
) -> Result<Result<usize, CheckpointError>, String> {
    let version = match opened.last() {
        None => 0,
        Some(last) => {
            let number = last
                .meta
                .first_chunk()
                .map(|bytes| u64::from_le_bytes(*bytes))
                .ok_or("the metadata is cut")?;
            let number = usize::try_from(number).map_err(|_| "the metadata is changed")?;
            let version = versions.get(number).ok_or("the metadata is changed")?;
            if last.batch != version.batch || last.meta != version.meta {
                return Err(format!("version {number} has another batch or metadata"));
            }
            if last.done && !expected.done.contains(&number) {
                return Err(format!("version {number} is done but nobody said so"));
            }
            number
        }
    };
    if !expected.possible.contains(&version) {
        return Err(format!(
            "version {version} was found, expected one of {:?}",
            expected.possible
        ));
    }
    match load_all(opened) {
        Ok(state) if state == *versions[version].state => Ok(Ok(version)),
        Ok(_) => Err(format!("the state of version {version} is wrong")),
        Err(error @ CheckpointError::Io { .. }) => Ok(Err(error)),
        Err(error) => Err(format!("the state cannot be loaded: {error}")),
    }
}

/// All state.
pub(super) fn load_all<F: Filesystem>(opened: &Opened<F>) -> Result<State, CheckpointError> {
    let mut state = State::new();
    for operator in 0..OPERATORS {
        for partition in 0..PARTITIONS {
            load(&mut Cursor::new(opened, operator, partition), &mut |change| {
                match change {
                    Change::Put { slice, key, value } => {
                        state.insert((operator, partition, slice, key.to_vec()), value.to_vec());
                    }
                    Change::Extend { slice, key, addition } => {
                        let of_key = state.get_mut(&(operator, partition, slice, key.to_vec()));
                        of_key.expect("what is added to is there").extend_from_slice(addition);
                    }
                    Change::Remove { slice, key } => {
                        state.remove(&(operator, partition, slice, key.to_vec()));
                    }
                    Change::Drop { slice } => {
                        state.retain(|(of, part, within, _), _| (*of, *part, *within) != (operator, partition, slice));
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(state)
}

/// Writes these bytes.
pub(super) fn append(more: &[u8]) -> impl FnOnce(&mut Vec<u8>) -> Result<(), ()> {
    move |bytes| {
        bytes.extend_from_slice(more);
        Ok(())
    }
}
