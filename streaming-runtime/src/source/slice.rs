use std::sync::Arc;

use super::{Origin, Records};

/// The chunk of sources of typed records: a run of values, lent one by one as `&T`.
#[derive(Debug)]
pub struct Slice<T> {
    place: &'static str,
    values: Arc<Vec<T>>,
    from: usize,
    to: usize,
    /// Offset of the first value of `values` in its partition.
    offset: u64,
}

impl<T> Slice<T> {
    /// Values that stand at `offset` of their partition and behind; `place` is what a person calls the source.
    #[must_use]
    pub fn new(place: &'static str, offset: u64, values: Vec<T>) -> Self {
        Self {
            place,
            from: 0,
            to: values.len(),
            values: Arc::new(values),
            offset,
        }
    }

    /// Some values of a list that starts its partition.
    pub(crate) fn part(place: &'static str, values: &Arc<Vec<T>>, from: usize, to: usize) -> Self {
        Self {
            place,
            values: Arc::clone(values),
            from,
            to,
            offset: 0,
        }
    }

    /// Offset in the partition of the value number `row`.
    #[must_use]
    pub fn offset_of(&self, row: u64) -> u64 {
        self.offset + self.from as u64 + row
    }
}

impl<T: Send + Sync> Records for Slice<T> {
    type Record<'c>
        = &'c T
    where
        T: 'c;
    type Meta<'c>
        = Origin<'c>
    where
        T: 'c;

    #[inline]
    fn records(&self) -> impl Iterator<Item = (Origin<'_>, &T)> {
        let (place, mut offset) = (self.place, self.offset_of(0));
        self.values[self.from..self.to].iter().map(move |value| {
            let origin = Origin { place, offset };
            offset += 1;
            (origin, value)
        })
    }
}
