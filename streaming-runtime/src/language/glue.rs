//! What joins the calls of a pipeline in an editor. Not for use by hand.

use std::marker::PhantomData;

use super::lineage::Typed;
use super::{Group, Scoped, Sinks, Stream};
use crate::decode::DeadLetter;

/// A value that an editor needs only the type of.
#[doc(hidden)]
#[must_use]
pub fn any<T>() -> T {
    unreachable!("a pipeline as an editor reads it is never run")
}

/// What has not been written yet.
#[doc(hidden)]
#[must_use]
pub fn unfinished<T>() -> T {
    any()
}

/// What has not been written yet, behind a dot.
#[doc(hidden)]
pub trait Unfinished {
    /// Whatever is missing.
    #[doc(hidden)]
    fn unfinished<T>(&self) -> T {
        any()
    }
}
impl<T: ?Sized> Unfinished for T {}

/// A value of the user's where several types are right.
#[doc(hidden)]
#[must_use]
pub fn value<T>(_: T) -> super::words::Given {
    any()
}

/// The meta of a record.
#[doc(hidden)]
#[must_use]
pub fn meta<T, F: Typed>(_: &Stream<T, F>) -> &'static F::Meta {
    any()
}

/// The aggregates of a group of records.
#[doc(hidden)]
#[must_use]
pub fn group<T, K, W, F>(_: &Scoped<T, K, W, F>) -> Group<T, K, W> {
    Group(PhantomData)
}

/// A record on its way into state.
#[doc(hidden)]
#[must_use]
pub fn lent<T, K, W, F>(_: &Scoped<T, K, W, F>) -> T {
    any()
}

/// The same records in the form that rests in state.
#[doc(hidden)]
#[must_use]
pub fn keeping<T, O, K, W, F>(_: &Scoped<T, K, W, F>, _: O) -> Scoped<O, K, W, F> {
    Scoped(PhantomData)
}

/// What is left of a stream after its branches.
#[doc(hidden)]
#[must_use]
pub fn rest<T, F: Typed>(_: &Stream<T, F>) -> Stream<T, F::Kept> {
    Stream(PhantomData)
}

/// The sinks of a stream.
#[doc(hidden)]
#[must_use]
pub fn at<T, F>(_: &Stream<T, F>) -> Sinks<T> {
    Sinks(PhantomData)
}

/// The sinks of what could not be decoded.
#[doc(hidden)]
#[must_use]
pub fn letters() -> Sinks<DeadLetter<'static>> {
    Sinks(PhantomData)
}

/// One of many.
#[doc(hidden)]
#[must_use]
pub fn one<T>(_: Vec<T>) -> T {
    any()
}

/// Many of one.
#[doc(hidden)]
#[must_use]
pub fn many<T>(_: T) -> Vec<T> {
    any()
}
