/// How an operator cuts event time: into which slice a record falls, and until when it is not late.
///
/// An exchange combines by slice and key, so that what a window shares with its neighbours is combined once. A shape of windows, a join and
/// an operator without windows differ in this trait alone as far as the exchange is concerned.
pub trait Slicing: Copy + Send + Sync + 'static {
    /// When a record happened, and by which input it comes where the operator has several.
    type At: Copy;
    /// Where in a worker's tables a record belongs.
    type Spot: Copy;
    /// What is kept of the times of the records that were combined.
    type Mark: Default + Send + 'static;
    /// Whether there is more than one slice.
    const SLICED: bool;

    /// The input that a record comes by.
    #[inline(always)]
    #[must_use]
    fn input(_: Self::At) -> usize {
        0
    }
    /// The number of the slice of `at`, of which only the lowest bits must differ between neighbours, and the slice's name, which
    /// rises with time: its start, where the operator has one input.
    fn slice(&self, at: Self::At) -> (i64, i64);
    /// Whether nothing can take in a record of this time and slice any longer; `watermark` is that of its input.
    fn is_late(&self, at: Self::At, slice: i64, watermark: i64) -> bool;
    /// The spot of a record in the tables of the slice that is `index`-th in the worker's list.
    fn spot(at: Self::At, index: usize) -> Self::Spot;
    /// The slice of a spot.
    fn index(spot: Self::Spot) -> usize;
    /// A record of this spot is combined.
    fn mark(mark: &mut Self::Mark, spot: Self::Spot);
    /// What another worker has of the key is combined.
    fn join(mark: &mut Self::Mark, other: Self::Mark);
}

/// Slices of event time whose records are not told apart: the spot is the slice.
macro_rules! plain_slices {
    ($sliced:literal) => {
        $crate::time::slicing::plain_slices!($sliced, i64);
    };
    ($sliced:literal, $at:ty) => {
        type At = $at;
        type Spot = usize;
        type Mark = ();
        const SLICED: bool = $sliced;

        #[inline(always)]
        fn spot(_: $at, index: usize) -> usize {
            index
        }
        #[inline(always)]
        fn index(spot: usize) -> usize {
            spot
        }
        #[inline(always)]
        fn mark((): &mut (), _: usize) {}
        #[inline(always)]
        fn join((): &mut (), (): ()) {}
    };
}
pub(super) use plain_slices;

/// As many inputs as an operator has at most.
pub(crate) const INPUTS: usize = 2;

/// The watermark of each input. Where an operator has one input, all are that of this one.
pub(crate) type Watermarks = [i64; INPUTS];

/// One slice, in which nothing is late: `.batch()` and `.running(…)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whole;

impl Slicing for Whole {
    plain_slices!(false);

    fn slice(&self, _: i64) -> (i64, i64) {
        (0, 0)
    }
    fn is_late(&self, _: i64, _: i64, _: i64) -> bool {
        false
    }
}
