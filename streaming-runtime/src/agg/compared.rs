//! Values that aggregates compare: one that has no order is a mistake at the aggregate, said once.
#![allow(clippy::unused_self, reason = "what is found by a method is kept by one")]

use crate::lend::Ask;

/// The kind of values that have an order.
#[derive(Debug, Clone, Copy)]
pub struct Ordered;

/// The kind of all others.
#[derive(Debug, Clone, Copy)]
pub struct Unordered;

/// Found first: what has an order.
pub trait OrderedKind {
    /// The kind.
    fn __compared(&self) -> Ordered;
}
impl<T: PartialOrd> OrderedKind for Ask<T> {
    #[inline(always)]
    fn __compared(&self) -> Ordered {
        Ordered
    }
}

/// Found last: everything, which then has to be `Comparable`.
pub trait UnorderedKind {
    /// The kind.
    fn __compared(&self) -> Unordered;
}
impl<T> UnorderedKind for &Ask<T> {
    #[inline(always)]
    fn __compared(&self) -> Unordered {
        Unordered
    }
}

impl Ordered {
    /// The value.
    #[inline(always)]
    #[must_use]
    pub fn keep<T>(self, value: T) -> T {
        value
    }
}

impl Unordered {
    /// Never compiles: no type is what this asks for.
    pub fn keep<T: Comparable>(self, value: T) -> T::Kept {
        value.never()
    }
}

/// What only [`OrderedKind`] has. It has no implementation, so it can be asked for in an error message of our own.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` have no order",
    label = "compares what its closure gives",
    note = "give a field that has one, as in `max(|record| record.amount)`, or derive `PartialOrd`; `top(1, |record| record.amount)` keeps the record"
)]
pub trait Comparable {
    /// In place of the value. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
    /// Never called.
    fn never(self) -> Self::Kept;
}
