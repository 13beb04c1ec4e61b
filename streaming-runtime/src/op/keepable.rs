//! State that no key can have: a mistake that is said once, where the type stands.
#![allow(clippy::unused_self, reason = "what is found by a method is kept by one")]

use crate::lend::Ask;
use crate::state::handler::{Handwritten, KeyState};

/// The kind of what can be kept.
#[derive(Debug, Clone, Copy)]
pub struct IsKept;

/// The kind of everything else.
#[derive(Debug, Clone, Copy)]
pub struct IsLost;

/// Found first: what can be kept.
pub trait KeepKind {
    /// The kind.
    fn __keepable(&self) -> IsKept;
}
impl<S: KeyState> KeepKind for Ask<Handwritten<S>> {
    fn __keepable(&self) -> IsKept {
        IsKept
    }
}

/// Found last: everything.
pub trait LoseKind {
    /// The kind.
    fn __keepable(&self) -> IsLost;
}
impl<T> LoseKind for &Ask<T> {
    fn __keepable(&self) -> IsLost {
        IsLost
    }
}

impl IsKept {
    /// The state.
    #[must_use]
    pub fn keep<S>(self, state: Handwritten<S>) -> Handwritten<S> {
        state
    }
}

impl IsLost {
    /// Never compiles: this is asked of what cannot be kept.
    #[must_use]
    pub fn keep<S: Keepable>(self, _: Handwritten<S>) -> Handwritten<S::Kept> {
        unreachable!("nothing implements this")
    }
}

/// What can be the state of a key. It has no implementation, so it can be asked for in an error message of our own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the state of a key",
    label = "not `Default`, or it cannot rest in a checkpoint",
    note = "derive `Default`, `Clone`, `Serialize` and `Deserialize` for it; what it holds must be owned, `Send` and `Sync`"
)]
pub trait Keepable {
    /// In place of the state. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
}
