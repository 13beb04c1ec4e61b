//! Operators whose function also takes what is known of the record beside its value: `|order, meta| …`.

use crate::time::EventTime;

/// `.map(|record, meta| …)`: one record for each record.
#[inline(always)]
pub fn map_with<T, M, R>(record: T, meta: &M, f: impl FnOnce(T, &M) -> R) -> R {
    f(record, meta)
}

/// `.filter(|record, meta| …)`: keeps the records for which the function holds.
#[inline(always)]
pub fn filter_with<T: ?Sized, M>(record: &T, meta: &M, f: impl FnOnce(&T, &M) -> bool) -> bool {
    f(record, meta)
}

/// `.filter_map(|record, meta| …)`: `Some` goes on, `None` is dropped.
#[inline(always)]
pub fn filter_map_with<T, M, R>(record: T, meta: &M, f: impl FnOnce(T, &M) -> Option<R>) -> Option<R> {
    f(record, meta)
}

/// `.flat_map(|record, meta| …)`: any number of records for each record.
#[inline(always)]
pub fn flat_map_with<'m, T, M, I: IntoIterator>(record: T, meta: &'m M, f: impl FnOnce(T, &'m M) -> I) -> I::IntoIter {
    f(record, meta).into_iter()
}

/// `.inspect(|record, meta| …)`: looks at every record.
#[inline(always)]
pub fn inspect_with<T: ?Sized, M>(record: &T, meta: &M, f: impl FnOnce(&T, &M)) {
    f(record, meta);
}

/// `.event_time(|record, meta| …, …)`: when the record happened.
#[inline(always)]
pub fn event_time_with<'r, T: ?Sized, M, R: EventTime>(
    record: &'r T,
    meta: &'r M,
    f: impl FnOnce(&'r T, &'r M) -> R,
) -> i64 {
    f(record, meta).epoch_millis()
}

/// `.key_by(|record, meta| …)`: the key, which may borrow from the record.
#[inline(always)]
pub fn key_by_with<'r, T: ?Sized, M, K>(record: &'r T, meta: &'r M, f: impl FnOnce(&'r T, &'r M) -> K) -> K {
    f(record, meta)
}

/// `.split(|record, meta| …)`: where the function holds, and where not.
#[inline(always)]
pub fn split_with<T: ?Sized, M>(record: &T, meta: &M, f: impl FnOnce(&T, &M) -> bool) -> bool {
    f(record, meta)
}

/// `.branch(|record, meta| …, …)`: by the first function that holds.
#[inline(always)]
pub fn branch_with<T: ?Sized, M>(record: &T, meta: &M, f: impl FnOnce(&T, &M) -> bool) -> bool {
    f(record, meta)
}
