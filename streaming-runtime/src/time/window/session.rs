use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Tumbling;
use crate::time::{Slicing, millis};

/// Windows of activity: records of a key of which none is `gap` or longer after the one before. A session ends `gap` after its last record, that
/// moment excluded: a record that comes exactly `gap` later begins the next session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    gap: i64,
    /// Records of a key in one slice of this length are of one session whatever comes between them.
    slices: Tumbling,
}

impl Session {
    /// # Panics
    /// When `gap` is shorter than a millisecond.
    #[must_use]
    pub fn new(gap: Duration) -> Self {
        let slices = Tumbling::new(gap);
        let gap = millis(gap);
        Self { gap, slices }
    }

    /// How long a key must be silent, in milliseconds.
    pub(crate) fn gap(self) -> i64 {
        self.gap
    }

    /// Whether records of these times are of one session if nothing comes between them.
    pub(crate) fn joins(self, earlier: i64, later: i64) -> bool {
        later.saturating_sub(earlier) < self.gap
    }

    /// The end of a session whose last record is of this time.
    pub(crate) fn end(self, last: i64) -> i64 {
        last.saturating_add(self.gap)
    }
}

/// The times of the first and of the last record of what was combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            first: i64::MAX,
            last: i64::MIN,
        }
    }
}

impl Span {
    /// Takes in another one.
    #[inline(always)]
    pub(crate) fn cover(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Slicing for Session {
    type At = i64;
    type Spot = (usize, i64);
    type Mark = Span;
    const SLICED: bool = true;

    #[inline(always)]
    fn slice(&self, at: i64) -> (i64, i64) {
        self.slices.number_and_start(at)
    }
    /// A record is late when the session that it would be alone has ended.
    #[inline(always)]
    fn is_late(&self, at: i64, _: i64, watermark: i64) -> bool {
        self.end(at) <= watermark
    }
    #[inline(always)]
    fn spot(at: i64, index: usize) -> (usize, i64) {
        (index, at)
    }
    #[inline(always)]
    fn index(spot: (usize, i64)) -> usize {
        spot.0
    }
    #[inline(always)]
    fn mark(mark: &mut Span, (_, at): (usize, i64)) {
        mark.cover(Span { first: at, last: at });
    }
    #[inline(always)]
    fn join(mark: &mut Span, other: Span) {
        mark.cover(other);
    }
}
