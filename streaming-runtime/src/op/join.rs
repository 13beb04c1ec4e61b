//! Joins.

use crate::key::{Key, OwnedKey};
use crate::lend::Ask;
use crate::state::State;
use crate::state::exchange::{Keep, Kept, Local};
use crate::time::{Shift, Within};

/// `.join(stream)`: pairs of records of two streams that have the same key and happened within a range of time.
#[inline(always)]
#[must_use]
pub fn join<A, B>(pair: (A, B)) -> (A, B) {
    pair
}

/// `.on(f, g)`: the key of a record of one side, which may borrow from the record.
#[inline(always)]
pub fn on<'r, T: ?Sized, K>(record: &'r T, f: impl FnOnce(&'r T) -> K) -> K {
    f(record)
}

/// `.within(first..=last)`: how much later than a record of the left side its partners on the right side are.
///
/// # Panics
/// When no whole millisecond is in the range.
#[must_use]
pub fn within(first: Shift, last: Shift) -> Within {
    Within::new(first, last)
}

/// The key of one side, in terms of the other side's.
#[diagnostic::on_unimplemented(
    message = "the two sides of a join have different keys: `{Self}` and `{K}`",
    label = "not the key of the other side",
    note = "both functions of `on` must give the same key; it may be borrowed on one side, as `&str` and `String` are"
)]
pub trait SameKey<K>: Sized {
    /// Where the rows of the key are kept on their way.
    #[doc(hidden)]
    fn find<A, B>(local: &mut Local<K, Kept<A, B>, Keep, Within>, spot: usize, key: Self) -> &mut Kept<A, B>;
}

#[diagnostic::do_not_recommend]
impl<K: OwnedKey, Q: Key<Owned = K>> SameKey<K> for Q {
    #[inline(always)]
    fn find<A, B>(local: &mut Local<K, Kept<A, B>, Keep, Within>, spot: usize, key: Self) -> &mut Kept<A, B> {
        local.slot(spot, key)
    }
}

/// The kind of a record that can rest in state.
#[derive(Debug, Clone, Copy)]
pub struct CanRest;

/// The kind of every other record.
#[derive(Debug, Clone, Copy)]
pub struct CannotRest;

/// Found first: records that can rest.
pub trait RestsKind {
    /// The kind.
    fn __rests(&self) -> CanRest;
}
impl<T: State> RestsKind for Ask<T> {
    #[inline(always)]
    fn __rests(&self) -> CanRest {
        CanRest
    }
}

/// Found last: everything.
pub trait StrayKind {
    /// The kind.
    fn __rests(&self) -> CannotRest;
}
impl<T> StrayKind for &Ask<T> {
    fn __rests(&self) -> CannotRest {
        CannotRest
    }
}

impl CanRest {
    /// The record.
    #[inline(always)]
    #[must_use]
    pub fn keep<T>(self, record: T) -> T {
        record
    }
}

impl CannotRest {
    /// Never compiles: no record is what this asks for.
    pub fn keep<T: Rests>(self, record: T) -> T::Kept {
        record.never()
    }
}

/// What such a record is not. It has no implementation, so that the mistake is told once, at the join.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot rest in state",
    label = "keeps the records of both sides for their partners to come",
    note = "derive `Clone`, `Serialize` and `Deserialize` for it, or `map` it to a value that has them before the join"
)]
pub trait Rests {
    /// In place of the record. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
    /// Never called.
    fn never(self) -> Self::Kept;
}
