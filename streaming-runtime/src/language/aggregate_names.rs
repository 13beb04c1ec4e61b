//! The names of [aggregates](super::Group), for completion where one begins.

use super::glue::any;

#[doc = "See [`Group::key`](super::Group::key)."]
#[must_use]
pub fn key<R>() -> R {
    any()
}

#[doc = "See [`Group::count`](super::Group::count)."]
#[must_use]
pub fn count<R>() -> R {
    any()
}

#[doc = "See [`Group::sum`](super::Group::sum)."]
#[must_use]
pub fn sum<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::avg`](super::Group::avg)."]
#[must_use]
pub fn avg<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::min`](super::Group::min)."]
#[must_use]
pub fn min<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::max`](super::Group::max)."]
#[must_use]
pub fn max<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::first`](super::Group::first)."]
#[must_use]
pub fn first<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::last`](super::Group::last)."]
#[must_use]
pub fn last<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::collect`](super::Group::collect)."]
#[must_use]
pub fn collect<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::count_distinct`](super::Group::count_distinct)."]
#[must_use]
pub fn count_distinct<T, V, R>(f: impl FnOnce(&T) -> V) -> R {
    let _ = f;
    any()
}

#[doc = "See [`Group::top`](super::Group::top)."]
#[must_use]
pub fn top<T, V, R>(n: usize, by: impl FnOnce(&T) -> V) -> R {
    let _ = (n, by);
    any()
}

#[doc = "See [`Group::window_start`](super::Group::window_start)."]
#[must_use]
pub fn window_start<R>() -> R {
    any()
}

#[doc = "See [`Group::window_end`](super::Group::window_end)."]
#[must_use]
pub fn window_end<R>() -> R {
    any()
}
