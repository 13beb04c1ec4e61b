//! Joins of two streams.

use std::marker::PhantomData;

use super::Stream;
use super::lineage::{Behind, Typed};
use super::words::TimeRange;
use crate::key::Key;

/// Directly behind `join`, of records of type `T` and of type `O`. Its options stand here.
#[derive(Debug)]
pub struct Joined<T, O>(PhantomData<(T, O)>);

impl<T, O> Typed for Joined<T, O> {
    type Kept = Behind<()>;
    type Meta = ();
}

impl<T, F: Typed> Stream<T, F> {
    /// `a.join(b).on(|a| …, |b| …).within(-5min..=15min)`: all pairs `(a, b)` whose keys are equal, and of which the time of `b` is in the
    /// range from that of `a`. Both streams need event time. A pair comes when the later record comes, and has the later time.
    ///
    /// ```
    /// # use streaming_runtime::stream_pipeline;
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// # struct Shown { ad: u64, at: i64 }
    /// # #[derive(Clone, serde::Serialize, serde::Deserialize)]
    /// # struct Click { ad: u64, at: i64 }
    /// let pipeline = stream_pipeline!({
    ///     let shown = files("shown/*.jsonl").json::<Shown>().event_time(|ad| ad.at, max_delay = 10s);
    ///     let clicks = files("clicks/*.jsonl").json::<Click>().event_time(|click| click.at, max_delay = 10s);
    ///     let clicked = shown.join(clicks).on(|ad| ad.ad, |click| click.ad).within(0s..=15min);
    ///     clicked.map(|(ad, click)| (ad.ad, click.at - ad.at)).print();
    /// });
    /// # println!("{}", pipeline.explain());
    /// ```
    #[must_use]
    pub fn join<O, G: Typed>(self, stream: Stream<O, G>) -> Stream<(T, O), Joined<T, O>> {
        let _ = stream;
        Stream(PhantomData)
    }
}

/// Options of `join`, directly behind it.
impl<T, O> Stream<(T, O), Joined<T, O>> {
    /// `.on(|a| …, |b| …)`: the key of a record of each stream, which may borrow from the record. Both give the same key.
    #[must_use]
    pub fn on<'r, K, L>(self, left: impl FnOnce(&'r T) -> K, right: impl FnOnce(&'r O) -> L) -> Self
    where
        T: 'r,
        O: 'r,
        K: Key,
        L: Key<Owned = K::Owned>,
    {
        let _ = (left, right);
        self
    }

    /// `.within(-5min..=15min)`: how much later than a record of the first stream its partners in the other are, both ends included.
    #[must_use]
    pub fn within(self, range: TimeRange) -> Self {
        let _ = range;
        self
    }
}
