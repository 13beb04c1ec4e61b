//! What keyed operators need of the values that they keep: a value that lacks it is one mistake, said once, at the operator.
//!
//! Method resolution finds the kind of a type. A type that has what is needed lets the value pass. Any other is asked for a trait
//! that no type has, whose message is ours. Its `Kept` is unknown, which keeps rustc from the errors that would follow.
#![allow(clippy::unused_self, reason = "what is found by a method is kept by one")]

use std::hash::Hash;
use std::marker::PhantomData;

use crate::lend::{Ask, Lent};
use crate::state::State;
use crate::state::handler::KeyState;

/// Asks about the type that is kept of a value.
#[inline(always)]
#[must_use]
pub fn kept<L: Lent>(_: &L) -> Ask<L::Owned> {
    Ask::any()
}

/// The kind of types that have what is needed.
#[derive(Debug, Clone, Copy)]
pub struct Fit;

impl Fit {
    /// The value, or what makes values of the type.
    #[inline(always)]
    #[must_use]
    pub fn keep<W>(self, value: W) -> W {
        value
    }
}

/// Of which type a kind is: a bound on a parameter of the method is one of its call, with a message of its own.
pub trait About<T> {}

macro_rules! unfit {
    ($(#[$doc:meta])* $Kind:ident: $(#[$message:meta])* $Asked:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $Kind<T>(PhantomData<T>);

        impl<T> About<T> for $Kind<T> {}

        $(#[$message])*
        pub trait $Asked {
            /// In place of the value.
            type Kept;
        }
    };
}

unfit! {
    /// The kind of types that cannot rest in state.
    Restless:
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot rest in state",
        label = "keeps it in state",
        note = "derive `Clone`, `Serialize` and `Deserialize` for it, and return an owned value; it must be `Send` and `Sync` too"
    )]
    Keepable
}

unfit! {
    /// The kind of types that cannot be the state of a key.
    Stateless:
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the state of a key",
        label = "not `Default`, or it cannot rest in a checkpoint",
        note = "derive `Default`, `Clone`, `Serialize` and `Deserialize` for it; what it holds must be owned, `Send` and `Sync`"
    )]
    Stateful
}

unfit! {
    /// The kind of types without an order.
    Unordered:
    #[diagnostic::on_unimplemented(
        message = "values of `{Self}` have no order",
        label = "compares what its closure gives",
        note = "give a field that has one, as in `max(|record| record.amount)`, or derive `PartialOrd`; `top(1, |record| record.amount)` keeps the record"
    )]
    Comparable
}

unfit! {
    /// The kind of types whose values cannot be told apart.
    Indistinct:
    #[diagnostic::on_unimplemented(
        message = "values of `{Self}` cannot be told apart",
        label = "counts what its closure gives",
        note = "give a field of integers or text, as in `count_distinct(|record| record.id)`, or derive `PartialEq`, `Eq` and `Hash`"
    )]
    Distinguishable
}

// Written out: of a method that a macro made, rustc would show the whole macro.
impl<T> Restless<T> {
    /// Never compiles.
    pub fn keep<U: Keepable, W>(self, _: W) -> U::Kept
    where
        Self: About<U>,
    {
        unreachable!("no type is what this asks for")
    }
}

impl<T> Stateless<T> {
    /// Never compiles.
    pub fn keep<U: Stateful, W>(self, _: W) -> U::Kept
    where
        Self: About<U>,
    {
        unreachable!("no type is what this asks for")
    }
}

impl<T> Unordered<T> {
    /// Never compiles.
    pub fn keep<U: Comparable, W>(self, _: W) -> U::Kept
    where
        Self: About<U>,
    {
        unreachable!("no type is what this asks for")
    }
}

impl<T> Indistinct<T> {
    /// Never compiles.
    pub fn keep<U: Distinguishable, W>(self, _: W) -> U::Kept
    where
        Self: About<U>,
    {
        unreachable!("no type is what this asks for")
    }
}

macro_rules! found {
    ($(#[$doc:meta])* $Trait:ident: $method:ident, $($bound:path),*; $On:ty => $Kind:ty, $kind:expr) => {
        $(#[$doc])*
        pub trait $Trait<T> {
            /// The kind.
            fn $method(&self) -> $Kind;
        }
        impl<T: $($bound +)*> $Trait<T> for $On {
            #[inline(always)]
            fn $method(&self) -> $Kind {
                $kind
            }
        }
    };
}

found!(/** Kept: found first. */ KeptKind: __kept, State; &Ask<T> => Fit, Fit);
found!(/** Kept: found last. */ UnkeptKind: __kept, ; Ask<T> => Restless<T>, Restless(PhantomData));

found!(/** State of keys: found first. */ BegunKind: __begun, KeyState; &Ask<T> => Fit, Fit);
found!(/** State of keys: found last. */ UnbegunKind: __begun, ; Ask<T> => Stateless<T>, Stateless(PhantomData));

found!(/** Compared: found first. */ OrderedKind: __compared, State, PartialOrd; &&Ask<T> => Fit, Fit);
found!(/** Compared: found second. */ UnkeptOrderedKind: __compared, PartialOrd; &Ask<T> => Restless<T>, Restless(PhantomData));
found!(/** Compared: found last. */ UnorderedKind: __compared, ; Ask<T> => Unordered<T>, Unordered(PhantomData));

found!(/** Told apart: found first. */ DistinctKind: __distinct, State, Eq, Hash; &&Ask<T> => Fit, Fit);
found!(/** Told apart: found second. */ UnkeptDistinctKind: __distinct, Eq, Hash; &Ask<T> => Restless<T>, Restless(PhantomData));
found!(/** Told apart: found last. */ IndistinctKind: __distinct, ; Ask<T> => Indistinct<T>, Indistinct(PhantomData));
