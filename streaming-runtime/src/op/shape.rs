//! Operators that part streams and put them together.

use crate::stage::LocalRows;

/// `.split(f)`: two streams, where `f` holds and where not.
///
/// ```
/// # use streaming_runtime::stream_pipeline;
/// # let orders = vec![12.0, 340.0];
/// # let pipeline = stream_pipeline!({
/// #     settings(trigger = available_now);
/// #     let orders = memory(orders);
/// let (big, small) = orders.split(|amount| **amount > 100.0);
/// #     big.print();
/// #     small.print();
/// # });
/// # pipeline.run_blocking()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline(always)]
pub fn split<T: ?Sized>(record: &T, f: impl FnOnce(&T) -> bool) -> bool {
    f(record)
}

/// `.branch(f, g, …)`: one stream per function, and one for the rest; a record goes to the first function that holds.
#[inline(always)]
pub fn branch<T: ?Sized>(record: &T, f: impl FnOnce(&T) -> bool) -> bool {
    f(record)
}

/// `union(a, b)`: several streams of the same record as one.
///
/// Streams of sources keep their order; several aggregates come one after the other.
#[must_use]
pub fn union<P, T>() -> Vec<(P, T)> {
    Vec::new()
}

/// A record that `union` reads behind the first one, whose type is `T`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`union` of different records: `{First}` has `{T}`, `{This}` has `{Self}`",
    label = "these records are `{Self}`, and those before them `{T}`",
    note = "the records of a stream are of one type: `.map(…)` each stream to it before the union"
)]
pub trait Union<T, First, This> {
    /// The record.
    fn alike(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T, First, This> Union<T, First, This> for T {
    #[inline(always)]
    fn alike(self) -> T {
        self
    }
}

/// Where the records of a `union` wait.
#[doc(hidden)]
pub trait Waiting {
    /// The record.
    type Record;
}
impl<P, T> Waiting for Vec<(P, T)> {
    type Record = T;
}
impl<P, T, const N: usize> Waiting for [Option<(P, T)>; N] {
    type Record = T;
}
impl<T> Waiting for LocalRows<T> {
    type Record = T;
}

/// A record of the stream `This`, to wait with those of the stream `First`.
#[doc(hidden)]
#[inline(always)]
pub fn alike<First, This, W: Waiting, R: Union<W::Record, First, This>>(_: &W, record: R) -> W::Record {
    record.alike()
}

/// `.late()`: the records that came after their window had closed.
#[inline(always)]
pub fn late<T: ?Sized>(_: &T) {}

/// `.errors()`: the input that a decode could not read.
///
/// A pipeline that reads them goes on where a decode fails, as with `on_error(skip)`.
#[inline(always)]
pub fn errors<T: ?Sized>(_: &T) {}

/// A record that can be handed to several operators.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is needed by several operators, and is not `Clone`",
    label = "needs a copy of the record",
    note = "derive `Clone` for it, or `map` to something smaller before the stream is used a second time"
)]
pub trait Fork<Of>: Clone {}

// A reference is not what is needed, although it is `Clone`: rustc would propose it.
#[diagnostic::do_not_recommend]
impl<T: Clone> Fork<T> for T {}

/// A copy of a record, for one of several operators that each take it.
#[doc(hidden)]
#[inline(always)]
pub fn fork<T: Fork<T>>(record: &T) -> T {
    record.clone()
}
