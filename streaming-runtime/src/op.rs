//! What the calls of a pipeline compile to. [`language`](crate::language) documents the calls themselves.
//!
//! Each is a plain function that the optimiser erases. The record comes first and fixes the type of the closure's parameter, so closures
//! need no annotations and may borrow from the record.

pub use crate::decode::{
    CsvOptions, CsvRows, DeadLetter, DecodeError, csv, dead_letter, decode_failure, json, lines, passes, refused,
    refused_result, sound,
};
pub(crate) mod join;
mod keyed;
mod shape;
pub(crate) mod valued;

pub use join::{SameKey, join, on, within};
pub use keyed::{
    agg, batch, fold, on_event, on_timer, reduce, running, session, sliding, state, ttl, tumbling, unbounded, window,
};
pub use shape::{Fork, Union, Waiting, alike, branch, errors, fork, late, split, union};

use crate::time::EventTime;

/// `|record, meta| …`: a function that also takes what is known of the record next to its value.
#[inline(always)]
pub fn with<'m, T, M, R>(record: T, meta: &'m M, f: impl FnOnce(T, &'m M) -> R) -> R {
    f(record, meta)
}

/// `.map(f)`: one record for each record.
#[inline(always)]
pub fn map<T, R>(record: T, f: impl FnOnce(T) -> R) -> R {
    f(record)
}

/// `.filter(f)`: keeps the records for which `f` holds.
#[inline(always)]
pub fn filter<T: ?Sized>(record: &T, f: impl FnOnce(&T) -> bool) -> bool {
    f(record)
}

/// `.filter_map(f)`: `Some` goes on, `None` is dropped.
#[inline(always)]
pub fn filter_map<T, R>(record: T, f: impl FnOnce(T) -> Option<R>) -> Option<R> {
    f(record)
}

/// `.flat_map(f)`: any number of records for each record.
#[inline(always)]
pub fn flat_map<T, I: IntoIterator>(record: T, f: impl FnOnce(T) -> I) -> I::IntoIter {
    f(record).into_iter()
}

/// `.inspect(f)`: looks at every record.
#[inline(always)]
pub fn inspect<T: ?Sized>(record: &T, f: impl FnOnce(&T)) {
    f(record);
}

/// `.event_time(f, …)`: when the record happened.
#[inline(always)]
pub fn event_time<'r, T: ?Sized, R: EventTime>(record: &'r T, f: impl FnOnce(&'r T) -> R) -> i64 {
    f(record).epoch_millis()
}

/// `.key_by(f)`: the key, which may borrow from the record.
#[inline(always)]
pub fn key_by<'r, T: ?Sized, K>(record: &'r T, f: impl FnOnce(&'r T) -> K) -> K {
    f(record)
}

/// rustc warns of its use, where a pipeline says `event_time` once more.
#[doc(hidden)]
#[deprecated(note = "[SP0103]
  the results of a window have an event time, its last millisecond; a second `event_time` follows behind and holds the last results back
  remove it; where it gives another time, `#[allow(deprecated)]`")]
#[inline(always)]
pub const fn event_time_behind_a_window() {}
