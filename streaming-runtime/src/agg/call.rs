//! The aggregate functions as a pipeline calls them: each shows one record to an accumulator, or gives the value that is
//! kept of it.

use super::{Avg, Count, Sum, SumValue};

/// `count()`: how many records, as `u64`.
#[inline(always)]
pub fn count(count: &mut Count) {
    count.add();
}

/// `sum(f)`: the sum of what `f` gives, in 64 bits: `u64`, `i64` or `f64`.
#[inline(always)]
pub fn sum<'r, T: ?Sized, V: SumValue>(sum: &mut Sum<V::Total>, record: &'r T, f: impl FnOnce(&'r T) -> V) {
    sum.add(f(record));
}

/// `avg(f)`: the arithmetic mean of what `f` gives, as `f64`.
#[inline(always)]
pub fn avg<'r, T: ?Sized, V: SumValue>(avg: &mut Avg, record: &'r T, f: impl FnOnce(&'r T) -> V) {
    avg.add(f(record));
}

/// `min(f)`: the smallest of what `f` gives. Floating-point numbers have one order, whatever the order of the records: a NaN is
/// larger than every number, as in SQL, and both zeros are the same, given as `0.0`.
#[inline(always)]
pub fn min<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `max(f)`: the largest of what `f` gives. Floating-point numbers have one order, whatever the order of the records: a NaN is
/// larger than every number, as in SQL, and both zeros are the same, given as `0.0`.
#[inline(always)]
pub fn max<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `first(f)`: what `f` gives for the earliest record, by event time where there is one, else by arrival.
#[inline(always)]
pub fn first<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `last(f)`: what `f` gives for the latest record, by event time where there is one, else by arrival.
#[inline(always)]
pub fn last<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `collect(f)`: all that `f` gives, in order, as a `Vec`.
#[inline(always)]
pub fn collect<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `count_distinct(f)`: how many different values `f` gives, exactly, as `u64`.
#[inline(always)]
pub fn count_distinct<'r, T: ?Sized, V>(record: &'r T, f: impl FnOnce(&'r T) -> V) -> V {
    f(record)
}

/// `top(n, by)`: the `n` records with the highest `by`, best first, as a `Vec`. A NaN is larger than every number, and records of the
/// same `by` come in their order.
#[inline(always)]
pub fn top<'r, T: ?Sized, V>(record: &'r T, by: impl FnOnce(&'r T) -> V) -> V {
    by(record)
}
