use std::time::Duration;

use crate::time::slicing::plain_slices;
use crate::time::{Slicing, millis};

/// Windows of one size that follow one another, aligned to 1970-01-01T00:00:00Z, or to an offset from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tumbling {
    size: i64,
    /// How long after the epoch a window starts: from 0, below `size`.
    offset: i64,
    /// 2^64 divided by `size`, rounded down: to multiply is much faster than to divide.
    reciprocal: u64,
}

impl Tumbling {
    /// # Panics
    /// When `size` is shorter than a millisecond.
    #[must_use]
    #[inline]
    pub fn new(size: Duration) -> Self {
        let size = millis(size);
        assert!(size > 0, "a window is at least one millisecond long");
        Self {
            size,
            offset: 0,
            reciprocal: u64::MAX / size.unsigned_abs(),
        }
    }

    /// The same windows, each so much later: what `offset = 4d` says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streaming_runtime::time::Tumbling;
    /// let day = Duration::from_secs(24 * 3600);
    /// // 1970-01-01 was a Thursday: weeks from Monday begin four days later.
    /// let weeks = Tumbling::new(7 * day).later(4 * day);
    /// let friday_2024_03_01 = 1_709_251_200_000;
    /// let monday_2024_02_26 = 1_708_905_600_000;
    /// assert_eq!(weeks.start(friday_2024_03_01), monday_2024_02_26);
    /// ```
    ///
    /// # Panics
    /// When `offset` is not shorter than the window.
    #[must_use]
    pub fn later(self, offset: Duration) -> Self {
        self.shifted(millis(offset))
    }

    /// The same windows, each so much earlier: what `offset = -1h` says.
    ///
    /// # Panics
    /// When `offset` is not shorter than the window.
    #[must_use]
    pub fn earlier(self, offset: Duration) -> Self {
        self.shifted(-millis(offset))
    }

    fn shifted(self, by: i64) -> Self {
        assert!(
            by.abs() < self.size,
            "the offset of a window, {} ms, must be shorter than the window, {} ms",
            by.abs(),
            self.size
        );
        Self {
            // Neither of the two is longer than `size`, and `size` may be all there is.
            offset: if by < 0 { by + self.size } else { by },
            ..self
        }
    }

    /// Start of the window of `at`.
    #[inline(always)]
    #[must_use]
    pub fn start(self, at: i64) -> i64 {
        self.number_and_start(at).1
    }

    /// Number of the window of `at`, counted from the first one that starts in 1970, and its start.
    #[inline(always)]
    pub(crate) fn number_and_start(self, at: i64) -> (i64, i64) {
        let Ok(behind) = u64::try_from(at.saturating_sub(self.offset)) else {
            return self.before_the_epoch(at);
        };
        // `behind` is below 2^63, so that the product is at most one too low.
        let product = u128::from(behind) * u128::from(self.reciprocal);
        let low = ((product >> 64) as u64).cast_signed();
        let start = low * self.size;
        if behind.cast_signed() - start < self.size {
            (low, start + self.offset)
        } else {
            (low + 1, start + self.size + self.offset)
        }
    }

    #[cold]
    fn before_the_epoch(self, at: i64) -> (i64, i64) {
        let (at, size, offset) = (i128::from(at), i128::from(self.size), i128::from(self.offset));
        let number = (at - offset).div_euclid(size);
        let narrow = |wide: i128| i64::try_from(wide).unwrap_or(i64::MIN);
        (narrow(number), narrow(number * size + offset))
    }

    /// End of the window that starts at `start`.
    #[inline(always)]
    #[must_use]
    pub fn end(self, start: i64) -> i64 {
        start.saturating_add(self.size)
    }

    /// How long a window is, and how long after the epoch one starts, in milliseconds.
    pub(crate) fn shape(self) -> (i64, i64) {
        (self.size, self.offset)
    }
}

impl Slicing for Tumbling {
    plain_slices!(true);

    #[inline(always)]
    fn slice(&self, at: i64) -> (i64, i64) {
        self.number_and_start(at)
    }
    #[inline(always)]
    fn is_late(&self, _: i64, slice: i64, watermark: i64) -> bool {
        self.end(slice) <= watermark
    }
}
