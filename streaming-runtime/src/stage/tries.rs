//! How often a task is tried, and what becomes of a record over which a closure panics every time.

use std::collections::BTreeMap;

use super::task::What;
use crate::plan::Plan;
use crate::settings::OnPanic;
use crate::task::{Aside, Task};

/// Over how many records of a chunk closures may panic, where they are set aside. Each costs a run
/// over the whole chunk for every try, so that the work on a chunk has a bound.
pub(super) const MOST: usize = 1_000;

/// What a pipeline says of panics.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// How often a task is tried in all.
    pub(super) tries: u32,
    pub(super) on_panic: OnPanic,
    pub(super) plan: &'static Plan,
    /// The operator to blame for a panic of the source itself.
    pub(super) source: u32,
}

/// A try that has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) spot: Spot,
    pub(super) operator: u32,
    pub(super) what: What,
}

/// Where in a chunk a try has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// Over no record: before the first one, or while the source hands out the next one.
    Between,
    /// Over a record.
    Row(u64),
    /// Over a record that is set aside already: in what handles its dead letter.
    Aside(u64),
}

impl Failed {
    pub(super) fn of(task: &Task, what: What) -> Self {
        let spot = match task.current_row() {
            None => Spot::Between,
            Some(row) if task.is_aside(row) => Spot::Aside(row),
            Some(row) => Spot::Row(row),
        };
        Self {
            spot,
            operator: task.operator,
            what,
        }
    }

    /// The row to name; of a failure over no record, the first one of the chunk.
    pub(super) fn row(&self) -> u64 {
        match self.spot {
            Spot::Between => 0,
            Spot::Row(row) | Spot::Aside(row) => row,
        }
    }
}

/// The tries of one chunk.
#[derive(Debug)]
pub(super) struct Tries {
    rules: Rules,
    /// A record that panics every time is set aside.
    sets_aside: bool,
    all: u32,
    /// How often each spot has panicked.
    spots: BTreeMap<Spot, u32>,
}

/// What follows from a failed try.
#[derive(Debug)]
pub(super) enum Next {
    /// It is tried again.
    Again,
    /// It is tried again without this record.
    Without(Aside),
    /// It has failed.
    GiveUp(Failed),
}

impl Rules {
    /// Whether a task that panics is worked on again.
    pub(super) fn repeat(&self) -> bool {
        self.tries > 1 || self.on_panic != OnPanic::Fail
    }

    /// The tries of a chunk that is worked on for the first time.
    pub(super) fn begin(self) -> Tries {
        Tries {
            sets_aside: self.on_panic != OnPanic::Fail,
            ..self.repeated()
        }
    }

    /// The tries of a chunk that was worked on already: what became of its records is counted, so that none is set aside any more.
    pub(super) fn repeated(self) -> Tries {
        Tries {
            rules: self,
            sets_aside: false,
            all: 0,
            spots: BTreeMap::new(),
        }
    }
}

impl Tries {
    /// Decides what follows from a failed try. It says `Again` or `Without` a bounded number of times.
    pub(super) fn failed(&mut self, mut failed: Failed) -> Next {
        self.all += 1;
        if !failed.what.panicked {
            return Next::GiveUp(failed);
        }
        let of_spot = self.spots.entry(failed.spot).or_default();
        *of_spot += 1;
        // Unless a panic fails the batch, each record has all its tries: one that panics by chance is
        // not taken for one that always does.
        let by_record = self.rules.on_panic != OnPanic::Fail;
        let tries = if by_record { *of_spot } else { self.all };
        let too_many = by_record && self.spots.len() > MOST;
        if tries < self.rules.tries && !too_many {
            return Next::Again;
        }
        let why = match failed.spot {
            Spot::Between => {
                failed.operator = self.rules.source;
                Some(
                    "the source panicked over no record, while it handed out those of the chunk that begins there"
                        .to_owned(),
                )
            }
            Spot::Aside(_) => Some(
                "the record is set aside already, and this panic is in what handles its dead letter: mend the closure"
                    .to_owned(),
            ),
            Spot::Row(_) if too_many => Some(format!(
                "closures panicked over more than {MOST} records of one chunk, the most that are set aside or tried \
                 again: mend the closure rather than the records"
            )),
            Spot::Row(row) if self.sets_aside => return Next::Without(self.rules.aside(&failed, row, tries)),
            Spot::Row(_) => None,
        };
        if let Some(why) = why {
            failed.what.message = format!("{} ({why})", failed.what.message);
        }
        failed.what.tries = tries;
        Next::GiveUp(failed)
    }
}

impl Rules {
    fn aside(&self, failed: &Failed, row: u64, tries: u32) -> Aside {
        let operator = self.plan.operators.get(failed.operator as usize);
        let (name, kind, line) = operator.map_or(("unknown", "unknown", 0), |o| (o.name, o.kind, o.line));
        let message = &failed.what.message;
        let times = if tries > 1 {
            format!(" (try {tries} of {tries})")
        } else {
            String::new()
        };
        Aside {
            row,
            operator: failed.operator,
            why: format!("`{name}` ({kind}, line {line}) panicked: {message}{times}"),
            counted: false,
        }
    }
}

#[cfg(test)]
mod tests;
