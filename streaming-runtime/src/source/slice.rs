use std::sync::Arc;

use super::{Origin, Records};

/// The chunk of sources of typed records: a run of values, lent one by one as `&T`.
#[derive(Debug)]
pub struct Slice<T: 'static> {
    place: &'static str,
    values: Values<T>,
    from: usize,
    to: usize,
    /// Offset of the first value of `values` in its partition.
    offset: u64,
}

/// Values in memory: a list that is shared, or one that lives as long as the program. Neither is copied.
#[derive(Debug)]
pub enum Values<T: 'static> {
    /// A list that goes when nobody reads it any longer.
    Shared(Arc<Vec<T>>),
    /// A list that stays.
    Static(&'static [T]),
}

impl<T> Values<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Shared(values) => values,
            Self::Static(values) => values,
        }
    }
}

impl<T> Clone for Values<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Shared(values) => Self::Shared(Arc::clone(values)),
            Self::Static(values) => Self::Static(values),
        }
    }
}

/// What [`memory`](crate::source::memory()) takes: records that are there already.
#[diagnostic::on_unimplemented(
    message = "`memory` takes a `Vec`, an array, an `Arc<Vec>` or a `&'static` slice of records",
    label = "no list of records"
)]
pub trait IntoValues<T> {
    /// The records, none of them cloned.
    fn into_values(self) -> Values<T>;
}

impl<T> IntoValues<T> for Vec<T> {
    fn into_values(self) -> Values<T> {
        Values::Shared(Arc::new(self))
    }
}

impl<T, const N: usize> IntoValues<T> for [T; N] {
    fn into_values(self) -> Values<T> {
        Vec::from(self).into_values()
    }
}

impl<T> IntoValues<T> for Arc<Vec<T>> {
    fn into_values(self) -> Values<T> {
        Values::Shared(self)
    }
}

impl<T> IntoValues<T> for &'static [T] {
    fn into_values(self) -> Values<T> {
        Values::Static(self)
    }
}

impl<T> Slice<T> {
    /// Values that stand at `offset` of their partition and behind; `place` is what a person calls the source.
    #[must_use]
    pub fn new(place: &'static str, offset: u64, values: Vec<T>) -> Self {
        Self {
            place,
            from: 0,
            to: values.len(),
            values: values.into_values(),
            offset,
        }
    }

    /// Some values of a list that starts its partition.
    pub(crate) fn part(place: &'static str, values: &Values<T>, from: usize, to: usize) -> Self {
        Self {
            place,
            values: values.clone(),
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
        self.values.as_slice()[self.from..self.to].iter().map(move |value| {
            let origin = Origin {
                place,
                offset,
                fault: None,
            };
            offset += 1;
            (origin, value)
        })
    }
}
