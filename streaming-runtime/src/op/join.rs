//! Joins.

use crate::key::{Key, OwnedKey};
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
