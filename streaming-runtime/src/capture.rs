//! Variables on their way into a pipeline, whose stages run on several threads and outlive the statement.
//!
//! The code that the macro emits passes every variable of the user's through `keep` where the closure stands that uses it. A
//! variable that cannot go to other threads is a mistake at that variable, said once, with what to use instead.

use crate::lend::Ask;

/// The kind of variables that any thread may use.
#[derive(Debug, Clone, Copy)]
pub struct IsThreadSafe;

/// The kind of all others.
#[derive(Debug, Clone, Copy)]
pub struct Captured;

/// Found first: what any thread may use.
pub trait ThreadSafeKind {
    /// The kind.
    fn __captured(&self) -> IsThreadSafe;
}
impl<T: Send + Sync> ThreadSafeKind for Ask<T> {
    #[inline(always)]
    fn __captured(&self) -> IsThreadSafe {
        IsThreadSafe
    }
}

/// Found last: everything, which then has to be [`ThreadSafe`].
pub trait CapturedKind {
    /// The kind.
    fn __captured(&self) -> Captured;
}
impl<T> CapturedKind for &Ask<T> {
    #[inline(always)]
    fn __captured(&self) -> Captured {
        Captured
    }
}

impl IsThreadSafe {
    /// The variable.
    #[inline(always)]
    #[must_use]
    pub fn keep<T>(self, variable: T) -> T {
        variable
    }
}

impl Captured {
    /// Never compiles: no type is what this asks for.
    #[expect(clippy::needless_pass_by_value, reason = "as the other `keep`")]
    pub fn keep<T: ThreadSafe>(self, variable: T) -> T::Kept {
        variable.never()
    }
}

/// What only [`ThreadSafeKind`] has. It has no implementation, so it can be asked for in an error message of our own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared by the threads of a pipeline",
    label = "used by closures that run on several threads",
    note = "for `Rc` take `Arc`; for what changes `Mutex`, an atomic, or better an aggregate, which also survives a restart"
)]
pub trait ThreadSafe {
    /// In place of the variable. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
    /// Never called.
    fn never(self) -> Self::Kept;
}
