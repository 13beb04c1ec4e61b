//! Records that are `Result`s, where a function takes them for the value: a mistake that is said once, at the function.
#![allow(clippy::unused_self, reason = "what is found by a method is kept by one")]

use crate::lend::Ask;

/// The kind of a `Result`.
#[derive(Debug, Clone, Copy)]
pub struct IsResult;

/// The kind of a reference to a `Result`.
#[derive(Debug, Clone, Copy)]
pub struct IsResultRef;

/// The kind of everything else.
#[derive(Debug, Clone, Copy)]
pub struct IsValue;

/// Found first: `Result`s.
pub trait ResultKind {
    /// The kind.
    type Kind;
    /// The kind.
    fn __valued(&self) -> Self::Kind;
}
impl<T, E> ResultKind for Ask<Result<T, E>> {
    type Kind = IsResult;
    #[inline(always)]
    fn __valued(&self) -> IsResult {
        IsResult
    }
}
impl<T, E> ResultKind for Ask<&Result<T, E>> {
    type Kind = IsResultRef;
    #[inline(always)]
    fn __valued(&self) -> IsResultRef {
        IsResultRef
    }
}

/// Found last: everything.
pub trait ValueKind {
    /// The kind.
    fn __valued(&self) -> IsValue;
}
impl<T> ValueKind for &Ask<T> {
    #[inline(always)]
    fn __valued(&self) -> IsValue {
        IsValue
    }
}

impl IsValue {
    /// The record.
    #[inline(always)]
    #[must_use]
    pub fn keep<T>(self, record: T) -> T {
        record
    }
}

impl IsResult {
    /// Never compiles: no `Result` is what this asks for.
    pub fn keep<T: Value>(self, record: T) -> T::Kept {
        record.never()
    }
}

impl IsResultRef {
    /// Never compiles: no `Result` is what this asks for.
    pub fn keep<T: Value>(self, record: &T) -> &T::Kept {
        record.look()
    }
}

/// What a `Result` is not. It has no implementation, so it can be asked for in an error message of our own.
#[diagnostic::on_unimplemented(
    message = "the records of this stream are `{Self}`, not the value in it",
    label = "used as the value",
    note = "write `.filter_map(|record| f(record).ok())` in place of `.map(f)`; to keep the errors, part them with `.split(|record| record.is_ok())`"
)]
pub trait Value {
    /// In place of the record. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
    /// Never called.
    fn never(self) -> Self::Kept;
    /// Never called.
    fn look(&self) -> &Self::Kept;
}
