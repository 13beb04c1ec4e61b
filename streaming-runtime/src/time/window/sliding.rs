use std::time::Duration;

use super::{Tumbling, Window};
use crate::time::slicing::plain_slices;
use crate::time::{Slicing, millis};

/// Windows of one size, of which a new one starts with every slide: `sliding(10min, 1min)`. A record belongs to `size / slide` of them.
///
/// A record is combined once, into the slice of one slide; windows are put together from slices (Li et al., *No pane, no gain*, 2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sliding {
    size: i64,
    slices: Tumbling,
}

impl Sliding {
    /// # Panics
    /// When `slide` is shorter than a millisecond, or `size` is no multiple of it.
    #[must_use]
    pub fn new(size: Duration, slide: Duration) -> Self {
        let slices = Tumbling::new(slide);
        let (size, slide) = (millis(size), millis(slide));
        assert!(
            size >= slide && size % slide == 0,
            "the size of a sliding window, {size} ms, must be a multiple of its slide, {slide} ms"
        );
        Self { size, slices }
    }

    /// The same windows, each so much later. See [`Tumbling::later`].
    ///
    /// # Panics
    /// When `offset` is not shorter than the slide.
    #[must_use]
    pub fn later(self, offset: Duration) -> Self {
        let slices = self.slices.later(offset);
        Self { slices, ..self }
    }

    /// The same windows, each so much earlier.
    ///
    /// # Panics
    /// When `offset` is not shorter than the slide.
    #[must_use]
    pub fn earlier(self, offset: Duration) -> Self {
        let slices = self.slices.earlier(offset);
        Self { slices, ..self }
    }

    /// How long after another a window starts, in milliseconds.
    pub(crate) fn slide(self) -> i64 {
        self.slices.shape().0
    }

    /// How long a window is, in milliseconds.
    pub(crate) fn size(self) -> i64 {
        self.size
    }

    /// The first window that a slice belongs to.
    pub(crate) fn first_of(self, slice: i64) -> Window {
        let end = slice.saturating_add(self.slide());
        Window {
            start: end.saturating_sub(self.size),
            end,
        }
    }

    /// The end of the first window that ends after this time.
    pub(crate) fn next_end(self, at: i64) -> i64 {
        self.slices.end(self.slices.start(at))
    }

    /// The end of the last window that ends at this time or before.
    pub(crate) fn last_end(self, at: i64) -> i64 {
        self.slices.start(at)
    }

    /// The end of the last window that a slice belongs to: then nothing needs it any longer.
    pub(crate) fn gone(self, slice: i64) -> i64 {
        slice.saturating_add(self.size)
    }

    /// Size, slide and offset, in milliseconds.
    pub(crate) fn shape(self) -> (i64, i64, i64) {
        let (slide, offset) = self.slices.shape();
        (self.size, slide, offset)
    }
}

impl Slicing for Sliding {
    plain_slices!(true);

    #[inline(always)]
    fn slice(&self, at: i64) -> (i64, i64) {
        self.slices.number_and_start(at)
    }
    /// A record is late when its last window has closed. Windows that have closed before do not count it.
    #[inline(always)]
    fn is_late(&self, _: i64, slice: i64, watermark: i64) -> bool {
        self.gone(slice) <= watermark
    }
}
