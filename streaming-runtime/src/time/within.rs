use std::ops::Bound;
use std::time::Duration;

use super::Tumbling;
use crate::time::Slicing;
use crate::time::slicing::plain_slices;

/// The range of a join: a record of the left side and one of the right side belong together when the right one is at least `lower`
/// and at most `upper` later than the left one.
///
/// The rows of each side are cut into slices of half the range. A row finds its partners in a few slices of the other side, and rows
/// that no longer find any leave with their whole slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    lower: i64,
    upper: i64,
    slices: Tumbling,
}

/// A signed span of time: one end of the range of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift(i128);

impl Shift {
    /// So much before.
    #[must_use]
    pub fn earlier(by: Duration) -> Self {
        Self(-Self::later(by).0)
    }

    /// So much after.
    #[must_use]
    pub fn later(by: Duration) -> Self {
        Self(i128::try_from(by.as_nanos()).unwrap_or(i128::MAX))
    }

    /// The first whole millisecond that is not before it.
    fn first(self) -> i64 {
        -Self(-self.0).last()
    }

    /// The last whole millisecond that is not after it.
    fn last(self) -> i64 {
        const NANOS: i128 = 1_000_000;
        let most = i128::from(i64::MAX);
        let millis = self.0.div_euclid(NANOS).clamp(-most, most);
        i64::try_from(millis).unwrap_or(i64::MAX)
    }
}

/// A side of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The stream that `join` is called on.
    Left,
    /// The stream that it is given.
    Right,
}

impl Side {
    /// The side whose rows a slice has.
    pub(crate) fn of(slice: i64) -> Self {
        if slice < SPLIT { Self::Left } else { Self::Right }
    }

    /// All slices of the side.
    pub(crate) fn slices(self) -> (Bound<i64>, Bound<i64>) {
        match self {
            Self::Left => (Bound::Unbounded, Bound::Excluded(SPLIT)),
            Self::Right => (Bound::Included(SPLIT), Bound::Unbounded),
        }
    }

    /// What is added to the number of a slice, so that the slices of a side are next to each other.
    fn base(self) -> i64 {
        match self {
            Self::Left => 0,
            Self::Right => RIGHT,
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }

    /// The input of the join.
    pub(crate) fn input(self) -> usize {
        match self {
            Self::Left => 0,
            Self::Right => 1,
        }
    }
}

/// When a record happened, and on which side.
#[derive(Debug, Clone, Copy)]
pub struct Sided {
    side: Side,
    at: i64,
}

impl Sided {
    /// A record of the left side.
    #[inline(always)]
    #[must_use]
    pub fn left(at: i64) -> Self {
        Self { side: Side::Left, at }
    }

    /// A record of the right side.
    #[inline(always)]
    #[must_use]
    pub fn right(at: i64) -> Self {
        Self { side: Side::Right, at }
    }
}

/// The first slice of the right side. No slice of a time is further from its side's zero: slices have a second or more.
const SPLIT: i64 = 1 << 60;

/// The slice of the right side that begins at 1970.
const RIGHT: i64 = SPLIT + (1 << 60);

/// The shortest slice. One costs a table in every key partition, however few rows it has.
const SHORTEST: u64 = 1000;

impl Within {
    /// # Panics
    /// When no whole number of milliseconds is in the range.
    #[must_use]
    pub fn new(lower: Shift, upper: Shift) -> Self {
        let (lower, upper) = (lower.first(), upper.last());
        assert!(
            lower <= upper,
            "the range of a join must hold a millisecond, and its first end, {lower} ms, is after its last, {upper} ms"
        );
        let span = upper.saturating_sub(lower).unsigned_abs();
        Self {
            lower,
            upper,
            slices: Tumbling::new(Duration::from_millis(SHORTEST.max(span / 2))),
        }
    }

    /// How much later than its own a row's partners on the other side are: at least and at most.
    pub(crate) fn partners(self, side: Side) -> (i64, i64) {
        match side {
            Side::Left => (self.lower, self.upper),
            Side::Right => (-self.upper, -self.lower),
        }
    }

    /// The slice of one side that has the rows of a time.
    pub(crate) fn slice_of(self, side: Side, at: i64) -> i64 {
        let (number, _) = self.slices.number_and_start(at);
        number + side.base()
    }

    /// The watermark of the other side at which no row of a slice can find another partner.
    pub(crate) fn gone(self, slice: i64) -> i64 {
        let (_, latest) = self.partners(Side::of(slice));
        let (_, end) = self.times(slice);
        within_reach(end + i128::from(latest))
    }

    /// The first and the last slice of the other side that may have partners of the rows of a slice.
    pub(crate) fn partner_slices(self, slice: i64) -> (i64, i64) {
        let side = Side::of(slice);
        let (earliest, latest) = self.partners(side);
        let (start, end) = self.times(slice);
        let at = |time: i128| self.slice_of(side.other(), within_reach(time));
        (at(start + i128::from(earliest)), at(end - 1 + i128::from(latest)))
    }

    /// When a slice begins, and when the next one does.
    fn times(self, slice: i64) -> (i128, i128) {
        let size = i128::from(self.slices.shape().0);
        let start = i128::from(slice - Side::of(slice).base()) * size;
        (start, start + size)
    }

    /// Both ends and the length of a slice, in milliseconds.
    pub(crate) fn shape(self) -> (i64, i64, i64) {
        (self.lower, self.upper, self.slices.shape().0)
    }
}

/// The time, or the end of time that it is beyond.
fn within_reach(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX })
}

impl Slicing for Within {
    plain_slices!(true, Sided);

    #[inline(always)]
    fn input(at: Sided) -> usize {
        at.side.input()
    }
    #[inline(always)]
    fn slice(&self, at: Sided) -> (i64, i64) {
        let slice = self.slice_of(at.side, at.at);
        (slice, slice)
    }
    /// A record is late when it is behind the watermark of its side: rows of the other side that it belongs to may have left. So a
    /// record is joined with all its partners, or with none.
    #[inline(always)]
    fn is_late(&self, at: Sided, _: i64, watermark: i64) -> bool {
        at.at < watermark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(lower: i64, upper: i64) -> Within {
        let shift = |ms: i64| Shift(i128::from(ms) * 1_000_000);
        Within::new(shift(lower), shift(upper))
    }

    #[test]
    fn ends_are_rounded_into_the_range() {
        let micros = |us: i64| Shift(i128::from(us) * 1000);
        assert_eq!(Within::new(micros(-1500), micros(1500)).partners(Side::Left), (-1, 1));
        assert_eq!(Within::new(micros(500), micros(1000)).partners(Side::Left), (1, 1));
        assert_eq!(Within::new(micros(-2000), micros(-1500)).partners(Side::Right), (2, 2));
        let ever = Within::new(Shift::earlier(Duration::MAX), Shift::later(Duration::MAX));
        assert_eq!(ever.partners(Side::Left), (-i64::MAX, i64::MAX));
    }

    #[test]
    #[should_panic(expected = "its first end, 1 ms, is after its last, 0 ms")]
    fn a_range_without_a_millisecond_is_refused() {
        let _ = Within::new(
            Shift::later(Duration::from_micros(1)),
            Shift::later(Duration::from_micros(2)),
        );
    }

    /// The partners of every row of a slice are in these slices of the other side, and rows of the outermost ones are partners.
    #[test]
    fn partners_are_in_a_few_slices() {
        for (lower, upper) in [
            (-5, 15),
            (0, 0),
            (-10_000, -4000),
            (3000, 90_000),
            (-i64::MAX, i64::MAX),
        ] {
            let within = within(lower, upper);
            for side in [Side::Left, Side::Right] {
                let (earliest, latest) = within.partners(side);
                for at in [i64::MIN, -200_001, -1000, -1, 0, 999, 1000, 77_777, i64::MAX] {
                    let partners = [earliest, latest].map(|shift| at.saturating_add(shift));
                    let [first, last] = partners.map(|then| within.slice_of(side.other(), then));
                    let (lowest, highest) = within.partner_slices(within.slice_of(side, at));
                    assert!(lowest <= first && last <= highest, "{within:?} {side:?} {at}");
                    assert_eq!([lowest, highest].map(Side::of), [side.other(); 2]);
                    let next = |slice: i64, by: i64| i128::from(slice) + i128::from(by);
                    assert!(
                        next(lowest, 1) >= first.into() && next(highest, -1) <= last.into(),
                        "{within:?} {side:?} {at}"
                    );
                }
            }
        }
    }

    /// A slice leaves as soon as its last row has no partner to come, and not before.
    #[test]
    fn slices_leave_with_their_last_row() {
        for (lower, upper) in [(-5, 15), (0, 0), (-10_000, -4000), (3000, 90_000)] {
            let within = within(lower, upper);
            for side in [Side::Left, Side::Right] {
                for at in (-200_000..200_000).step_by(777) {
                    let slice = within.slice_of(side, at);
                    let last = (at..at + 100_000)
                        .find(|later| within.slice_of(side, later + 1) != slice)
                        .unwrap();
                    let (_, latest) = within.partners(side);
                    assert_eq!(Side::of(slice), side);
                    assert_eq!(within.gone(slice), last + latest + 1, "{within:?} {side:?} {at}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_have_slices() {
        let within = within(i64::MIN / 4, i64::MAX / 4);
        for at in [i64::MIN, -1, 0, i64::MAX] {
            let slice = within.slice_of(Side::Right, at);
            assert_eq!(Side::of(slice), Side::Right);
            assert!(within.gone(slice) > i64::MIN);
        }
    }
}
