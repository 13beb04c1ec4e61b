//! How often a task is tried, and what becomes of a record over which a closure panics every time.

use super::task::What;
use crate::plan::Plan;
use crate::settings::OnPanic;
use crate::task::{Aside, Task};

/// What a pipeline says of panics.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// How often a task is tried in all.
    pub(super) tries: u32,
    pub(super) on_panic: OnPanic,
    pub(super) plan: &'static Plan,
}

/// A try that has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) row: u64,
    pub(super) operator: u32,
    pub(super) what: What,
}

impl Failed {
    pub(super) fn of(task: &Task, what: What) -> Self {
        Self {
            row: task.row,
            operator: task.operator,
            what,
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
    /// How often a record has panicked, by row.
    rows: Vec<(u64, u32)>,
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
            rows: Vec::new(),
        }
    }
}

impl Tries {
    pub(super) fn failed(&mut self, mut failed: Failed) -> Next {
        self.all += 1;
        if !failed.what.panicked {
            return Next::GiveUp(failed);
        }
        let known = self.rows.iter().position(|(row, _)| *row == failed.row);
        let at = known.unwrap_or(self.rows.len());
        if known.is_none() {
            self.rows.push((failed.row, 0));
        }
        self.rows[at].1 += 1;
        let of_row = self.rows[at].1;
        // Where records are set aside, each has all its tries: one that panics by chance is not taken for one that always does.
        let tries = if self.sets_aside { of_row } else { self.all };
        if tries < self.rules.tries {
            return Next::Again;
        }
        if self.sets_aside {
            return Next::Without(self.rules.aside(&failed, tries));
        }
        failed.what.tries = tries;
        Next::GiveUp(failed)
    }
}

impl Rules {
    fn aside(&self, failed: &Failed, tries: u32) -> Aside {
        let operator = self.plan.operators.get(failed.operator as usize);
        let (name, kind, line) = operator.map_or(("unknown", "unknown", 0), |o| (o.name, o.kind, o.line));
        let message = &failed.what.message;
        let times = if tries > 1 {
            format!(" (try {tries} of {tries})")
        } else {
            String::new()
        };
        Aside {
            row: failed.row,
            operator: failed.operator,
            why: format!("`{name}` ({kind}, line {line}) panicked: {message}{times}"),
        }
    }
}
