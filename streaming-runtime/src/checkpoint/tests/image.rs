//! What may be on a disk after the power failed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::disk::Op;
use super::model::Expected;
use super::random::Random;

const SECTOR: usize = 512;

/// Follows the log of a disk: what is durable, and what may be.
#[derive(Debug, Default)]
pub(super) struct Follower {
    files: Vec<Content>,
    /// The names that are durable.
    names: BTreeMap<String, usize>,
    /// What was done with names since.
    pending: Vec<Naming>,
    /// The names as a process sees them.
    seen: BTreeMap<String, usize>,
    pub expected: Arc<Expected>,
}

#[derive(Debug, Default, Clone)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Arc<[u8]> },
    Cut { length: usize },
}

#[derive(Debug)]
enum Naming {
    Give { name: String, file: usize },
    Move { from: String, to: String, file: usize },
    Take { name: String },
}

/// How much of what is not durable is there after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    Nothing,
    Everything,
    /// The first ones.
    Prefix,
    /// Any.
    Some,
    /// Any sectors of any, in any order.
    Sectors,
}

impl Luck {
    fn any(random: &mut Random) -> Self {
        match random.below(6) {
            0 => Self::Nothing,
            1 => Self::Everything,
            2 => Self::Prefix,
            3 => Self::Some,
            _ => Self::Sectors,
        }
    }

    /// Those that are there.
    fn choose<'o, T>(self, pending: &'o [T], random: &mut Random) -> Vec<&'o T> {
        let prefix = random.below(pending.len() + 1);
        let there = pending.iter().enumerate().filter(|(index, _)| match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Prefix => *index < prefix,
            Self::Some | Self::Sectors => random.chance(50),
        });
        there.map(|(_, change)| change).collect()
    }
}

impl Follower {
    /// Starts from a disk on which these files are durable, numbered in their order.
    pub(super) fn from(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let names: BTreeMap<_, _> = files
            .keys()
            .cloned()
            .enumerate()
            .map(|(file, name)| (name, file))
            .collect();
        Self {
            files: files
                .values()
                .map(|durable| Content {
                    durable: durable.clone(),
                    pending: Vec::new(),
                })
                .collect(),
            seen: names.clone(),
            names,
            ..Self::default()
        }
    }

    pub(super) fn follow(&mut self, op: &Op, random: &mut Random) {
        match op {
            Op::Expect(expected) => self.expected = Arc::clone(expected),
            Op::NamesSynced => {
                self.pending.clear();
                self.names.clone_from(&self.seen);
            }
            Op::Made { name, file } => {
                if self.files.len() <= *file {
                    self.files.resize(*file + 1, Content::default());
                }
                self.name(Naming::Give {
                    name: name.clone(),
                    file: *file,
                });
            }
            Op::Renamed { from, to } => self.name(Naming::Move {
                from: from.clone(),
                to: to.clone(),
                file: self.seen[from],
            }),
            Op::Removed { name } => self.name(Naming::Take { name: name.clone() }),
            Op::Wrote { file, at, bytes } => self.files[*file].pending.push(Change::Write {
                at: *at,
                bytes: Arc::clone(bytes),
            }),
            Op::Cut { file, length } => self.files[*file].pending.push(Change::Cut { length: *length }),
            Op::Synced { file } => {
                let content = &mut self.files[*file];
                for change in std::mem::take(&mut content.pending) {
                    change.apply(&mut content.durable, |_| true);
                }
            }
            Op::SyncFailed { file } => {
                let content = &mut self.files[*file];
                content.durable = content.image(random);
                content.pending.clear();
            }
        }
    }

    /// The files that might be found after a crash now.
    pub(super) fn image(&self, random: &mut Random) -> BTreeMap<String, Vec<u8>> {
        let mut names = self.names.clone();
        for naming in Luck::any(random).choose(&self.pending, random) {
            naming.apply(&mut names);
        }
        names
            .into_iter()
            .map(|(name, file)| (name, self.files[file].image(random)))
            .collect()
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.seen);
        self.pending.push(naming);
    }
}

impl Content {
    fn image(&self, random: &mut Random) -> Vec<u8> {
        let mut content = self.durable.clone();
        let luck = Luck::any(random);
        let mut chosen = luck.choose(&self.pending, random);
        if luck == Luck::Sectors {
            for place in 1..chosen.len() {
                chosen.swap(place, random.below(place + 1));
            }
        }
        for change in chosen {
            change.apply(&mut content, |_| luck != Luck::Sectors || random.chance(60));
        }
        content
    }
}

impl Change {
    /// Changes those sectors that `there` is true for.
    fn apply(&self, content: &mut Vec<u8>, mut there: impl FnMut(usize) -> bool) {
        match self {
            Self::Cut { length } => {
                if there(0) {
                    content.resize(*length, 0);
                }
            }
            Self::Write { at, bytes } => {
                let (mut from, end) = (*at, at + bytes.len());
                while from < end {
                    let sector = from / SECTOR;
                    let to = end.min((sector + 1) * SECTOR);
                    if there(sector) {
                        if content.len() < to {
                            content.resize(to, 0);
                        }
                        content[from..to].copy_from_slice(&bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Give { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Move { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            Self::Take { name } => {
                names.remove(name);
            }
        }
    }
}
