use std::fmt::{self, Debug, Display};

/// What is wrong with a sink or a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// Records are missing.
    Lost,
    /// Records are there more often than they should.
    Doubled,
    /// There is something that nobody wrote.
    Foreign,
    /// Records came in another order than in a read without a stop.
    Disordered,
    /// Output can be seen before its batch is decided.
    VisibleEarly,
    /// `commit` has returned, and the output cannot be seen.
    VisibleLate,
    /// An error where there should be none.
    Failed,
    /// A source says of a chunk or a partition what is not so.
    Misdescribed,
    /// A chunk holds more records than `open` asked for.
    OverLimit,
    /// A source in a bounded run neither gives anything nor ends.
    Hangs,
}

impl Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Foreign => "nobody wrote",
            Self::Disordered => "in another order",
            Self::VisibleEarly => "visible before the batch is decided",
            Self::VisibleLate => "not visible although `commit` has returned",
            Self::Failed => "failed",
            Self::Misdescribed => "misdescribed",
            Self::OverLimit => "over the limit",
            Self::Hangs => "hangs",
        })
    }
}

/// A promise that was not kept, and in which trial.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What is wrong.
    pub flaw: Flaw,
    /// What was done to the sink or the source: ``after a stop at `committed` of batch 2``.
    pub when: String,
    /// The records concerned, or the error.
    pub what: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.when, self.flaw, self.what)
    }
}

/// What a harness found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "`assert` fails the test where there are faults"]
pub struct Report {
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<String>,
    pub(super) trials: u64,
}

impl Report {
    /// The promises that were not kept, each with the trial in which it was seen.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// What is no fault and should be known: what the sink cannot notice.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How many trials there were.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// Whether this flaw was seen.
    #[must_use]
    pub fn shows(&self, flaw: Flaw) -> bool {
        self.faults.iter().any(|fault| fault.flaw == flaw)
    }

    /// Fails the test where there are faults.
    ///
    /// # Panics
    /// With the faults in words.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.faults.is_empty(), "{self}");
    }

    pub(super) fn fault(&mut self, flaw: Flaw, when: &str, what: impl Into<String>) {
        self.faults.push(Fault {
            flaw,
            when: when.to_owned(),
            what: what.into(),
        });
    }

    /// Compares rows whatever their order.
    pub(super) fn compare<R: Ord + Debug>(&mut self, when: &str, mut expected: Vec<R>, mut found: Vec<R>, again: bool) {
        expected.sort_unstable();
        found.sort_unstable();
        let lost = without(&expected, &found);
        if !lost.is_empty() {
            self.fault(Flaw::Lost, when, shown(&lost));
        }
        let (doubled, foreign): (Vec<&R>, Vec<&R>) = without(&found, &expected)
            .into_iter()
            .partition(|row| expected.binary_search(row).is_ok());
        if !again && !doubled.is_empty() {
            self.fault(Flaw::Doubled, when, shown(&doubled));
        }
        if !foreign.is_empty() {
            self.fault(Flaw::Foreign, when, shown(&foreign));
        }
    }
}

/// How many faults and rows are shown.
const SHOWN: usize = 10;

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} faults in {} trials", self.faults.len(), self.trials)?;
        for fault in self.faults.iter().take(SHOWN) {
            write!(f, "\n  {fault}")?;
        }
        if self.faults.len() > SHOWN {
            write!(f, "\n  and {} more", self.faults.len() - SHOWN)?;
        }
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        Ok(())
    }
}

/// Those of sorted `rows` that are not among sorted `others`, each as often as it is more often there.
fn without<'r, R: Ord>(rows: &'r [R], others: &[R]) -> Vec<&'r R> {
    let mut others = others.iter().peekable();
    let missing = rows.iter().filter(|row| {
        while others.next_if(|other| other < row).is_some() {}
        others.next_if(|other| other == row).is_none()
    });
    missing.collect()
}

pub(super) fn shown<R: Debug>(rows: &[R]) -> String {
    let texts: Vec<String> = rows.iter().take(SHOWN).map(|row| format!("{row:?}")).collect();
    let more = rows.len() - texts.len();
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_as_often_as_they_are_there() {
        let mut report = Report::default();
        report.compare("x", vec![2, 1, 1], vec![1, 2, 1], false);
        report.assert();
        report.compare("x", vec![1, 2, 2], vec![2, 3, 3, 1, 1], false);
        let texts: Vec<String> = report.faults().iter().map(Fault::to_string).collect();
        assert_eq!(texts, ["x: lost: 2", "x: doubled: 1", "x: nobody wrote: 3, 3"]);
    }

    #[test]
    fn rows_may_come_again_where_that_is_promised() {
        let mut report = Report::default();
        report.compare("x", vec![1, 2], vec![2, 2, 1], true);
        report.assert();
        report.compare("x", vec![1, 2], vec![1, 1], true);
        assert!(report.shows(Flaw::Lost) && !report.shows(Flaw::Doubled));
    }
}
