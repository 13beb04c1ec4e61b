//! What one task (one chunk, or one key partition at a batch's close) knows while it runs.

mod fates;
mod handing;

pub(crate) use handing::{handing, was_handing};

pub use fates::{FateTable, FateTotal, Fates};

use crate::progress::{Counts, Notice, NoticeKind, Place};

/// Where a task is: read after a panic, so that the error can name operator, partition and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Tag {
    /// Source partition, or key partition in a keyed stage.
    pub partition: u32,
    /// Number of the chunk within its partition, from 0, within this run.
    pub chunk: u64,
}

/// A record over which a closure panics in each try: it is not worked on.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) row: u64,
    /// The operator that panics.
    pub(crate) operator: u32,
    /// What a person is told of it.
    pub(crate) why: String,
    /// It is counted as an error in the present try, however many decoders read it.
    pub(crate) counted: bool,
}

/// The row of a task that works on none.
const NO_ROW: u64 = u64::MAX;

/// The order of a record among others of its key: event time first, then arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// Event time in epoch milliseconds; 0 in a pipeline without event time.
    pub at: i64,
    /// Batch (0 for a record with event time), partition, chunk and row: the order of arrival. Of what an aggregate gives, the
    /// end of the window and the hash of the key: how keys fall into key partitions and tables must not show.
    pub arrival: (u64, u32, u64, u64),
}

/// A place in the order of arrival: partition, chunk and row.
pub type Arrival = (u32, u64, u64);

impl Order {
    /// The place of the record within its batch.
    pub(crate) fn place(&self) -> Arrival {
        let (_, partition, chunk, row) = self.arrival;
        (partition, chunk, row)
    }

    /// The place of what an operator gives for a key with this hash, at `time` (0 where there is none).
    pub(crate) fn of_result(time: i64, hash: u64) -> Arrival {
        (0, time.cast_unsigned() ^ (1 << 63), hash)
    }
}

/// A task's context: handed to every stage body.
#[derive(Debug)]
pub struct Task {
    pub(crate) batch: u64,
    pub(crate) tag: Tag,
    pub(crate) operator: u32,
    pub(crate) row: u64,
    /// What comes before the row in the order of arrival.
    place: (u32, u64),
    pub(crate) counts: Counts,
    /// Where it failed first, by operator and row, and why.
    pub(crate) failure: Option<(u32, u64, String)>,
    /// The first rows that a person should hear of, by operator and kind.
    first: Vec<(u32, NoticeKind, u64)>,
    /// Records of the chunk that are set aside, in the order of their rows.
    aside: Vec<Aside>,
    /// The place in `aside` of the record that is being set aside now.
    blamed: Option<usize>,
}

impl Task {
    pub(crate) fn new(batch: u64, tag: Tag, operators: usize) -> Self {
        Self {
            batch,
            tag,
            operator: 0,
            row: 0,
            place: (tag.partition, tag.chunk),
            counts: Counts::new(operators),
            failure: None,
            first: Vec::new(),
            aside: Vec::new(),
            blamed: None,
        }
    }

    /// Notes which operator runs next; costs one store, and none where the operator cannot panic.
    #[inline(always)]
    pub fn enter(&mut self, operator: u32) {
        self.operator = operator;
    }

    /// Notes the row of the chunk that is being worked on.
    #[inline(always)]
    pub fn row(&mut self, row: u64) {
        self.row = row;
    }

    /// No row of the chunk is being worked on: the source is about to hand out the next one.
    #[inline(always)]
    pub fn rest(&mut self) {
        self.row = NO_ROW;
    }

    /// The row of the chunk that is being worked on.
    pub(crate) fn current_row(&self) -> Option<u64> {
        (self.row != NO_ROW).then_some(self.row)
    }

    /// Sets records aside; `aside` is in the order of the rows.
    pub(crate) fn put_aside(&mut self, mut aside: Vec<Aside>) {
        for aside in &mut aside {
            aside.counted = false;
        }
        self.aside = aside;
    }

    pub(crate) fn take_aside(&mut self) -> Vec<Aside> {
        std::mem::take(&mut self.aside)
    }

    pub(crate) fn is_aside(&self, row: u64) -> bool {
        self.place_aside(row).is_some()
    }

    fn place_aside(&self, row: u64) -> Option<usize> {
        self.aside.binary_search_by_key(&row, |aside| aside.row).ok()
    }

    /// Adds to the number of records that left `operator`.
    #[inline(always)]
    pub fn count(&mut self, operator: u32, rows: u64) {
        self.counts.rows[operator as usize] += rows;
    }

    /// Counts one record of a source that came too late for an operator.
    pub fn late(&mut self, operator: u32) {
        self.counts.late[operator as usize] += 1;
        self.notice(operator, NoticeKind::Late);
    }

    /// Counts one record that came too late for an operator, and is the result of another one.
    pub fn late_result(&mut self, operator: u32) {
        self.counts.late_results += 1;
        self.late(operator);
    }

    /// Counts one record that could not be decoded, or that is set aside; the latter once, however
    /// many decoders read it.
    pub fn error(&mut self, operator: u32) {
        let (operator, kind) = match self.blamed.take() {
            None => (operator, NoticeKind::Undecodable),
            Some(at) => {
                let aside = &mut self.aside[at];
                if std::mem::replace(&mut aside.counted, true) {
                    return;
                }
                (aside.operator, NoticeKind::Panicked)
            }
        };
        self.counts.errors[operator as usize] += 1;
        self.notice(operator, kind);
    }

    /// Counts one record that a sink refuses.
    #[cold]
    pub(crate) fn refused(&mut self, operator: u32) {
        self.counts.errors[operator as usize] += 1;
        self.notice(operator, NoticeKind::Refused);
    }

    /// Whether the record of this row is passed over, because a closure panics over it; then it is counted as an error.
    #[inline(always)]
    pub fn skips(&mut self) -> bool {
        !self.aside.is_empty() && self.skips_row()
    }

    #[cold]
    fn skips_row(&mut self) -> bool {
        self.blamed = self.place_aside(self.row);
        let skips = self.blamed.is_some();
        if skips {
            self.error(0);
        }
        skips
    }

    /// Why the record of this row is set aside: a closure panics over it. `None` where it is worked on.
    #[inline(always)]
    pub(crate) fn set_aside(&mut self) -> Option<&str> {
        if self.aside.is_empty() { None } else { self.row_aside() }
    }

    #[cold]
    fn row_aside(&mut self) -> Option<&str> {
        let at = self.place_aside(self.row)?;
        self.blamed = Some(at);
        Some(&self.aside[at].why)
    }

    /// Counts one record whose event time is too far ahead to be true.
    #[cold]
    pub fn ahead(&mut self, operator: u32, at: i64) {
        self.counts.ahead[operator as usize] += 1;
        self.notice(operator, NoticeKind::Ahead(at));
    }

    /// Adds what became of the records of the chunk.
    pub fn fates(&mut self, fates: FateTotal) {
        self.counts.fates.add(fates.0);
    }

    fn notice(&mut self, operator: u32, kind: NoticeKind) {
        let known = |(of, other, _): &(u32, NoticeKind, u64)| *of == operator && other.is_like(kind);
        if !self.first.iter().any(known) {
            self.first.push((operator, kind, self.row));
        }
    }

    /// What the task counted, at its end; `place` says where a row is.
    pub(crate) fn into_counts(self, place: impl Fn(u64) -> Place) -> Counts {
        let mut counts = self.counts;
        let notices = self.first.into_iter().map(|(operator, kind, row)| Notice {
            operator,
            kind,
            place: place(row),
        });
        counts.notices.extend(notices);
        counts
    }

    /// The next record is what an operator behind an exchange gives: its place among others.
    #[inline]
    pub(crate) fn settled(&mut self, (partition, chunk, row): Arrival) {
        self.place = (partition, chunk);
        self.row = row;
    }

    /// The order of the current record, whose event time is `at`. The batch has no say: how input is cut into batches must not
    /// decide between records of the same time.
    #[inline]
    #[must_use]
    pub fn order(&self, at: i64) -> Order {
        self.arrived(at, 0)
    }

    /// The order of the current record in a stream without event time: an earlier batch comes first.
    #[inline]
    #[must_use]
    pub fn arrival(&self) -> Order {
        self.arrived(0, self.batch)
    }

    #[inline]
    fn arrived(&self, at: i64, batch: u64) -> Order {
        let (partition, chunk) = self.place;
        Order {
            at,
            arrival: (batch, partition, chunk, self.row),
        }
    }

    /// Fails the batch: nothing of it is written. The stage body may go on to the end of the chunk.
    #[cold]
    pub fn fail(&mut self, operator: u32, message: impl std::fmt::Display) {
        if self.failure.is_none() {
            self.failure = Some((operator, self.row, message.to_string()));
        }
    }
}
