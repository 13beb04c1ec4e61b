//! Variables on their way into a pipeline, whose stages run on several threads and outlive the statement.
//!
//! The code that the macro emits passes every variable of the user's through `keep` where the closure stands that uses it. A
//! variable that cannot go to other threads is a mistake at that variable, said once, with what to use instead.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};

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

/// The kind of collections that a closure changes.
#[derive(Debug, Clone, Copy)]
pub struct Altered;

/// Asked of a variable whose methods have names that change a collection. Found first: the collections.
pub trait AlteredKind {
    /// The kind.
    fn __altered(&self) -> Altered;
}

/// Found last: everything else, whose methods may have these names and change nothing that one thread owns.
pub trait UnalteredKind {
    /// The kind.
    fn __altered(&self) -> IsThreadSafe;
}
impl<T> UnalteredKind for &Ask<T> {
    #[inline(always)]
    fn __altered(&self) -> IsThreadSafe {
        IsThreadSafe
    }
}

macro_rules! collections {
    ($([$($generic:ident),*] $collection:ty;)*) => {
        $(impl<$($generic),*> AlteredKind for Ask<$collection> {
            #[inline(always)]
            fn __altered(&self) -> Altered {
                Altered
            }
        })*
    };
}

collections! {
    [] String;
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] BinaryHeap<T>;
    [T] BTreeSet<T>;
    [K, V] BTreeMap<K, V>;
    [T, S] HashSet<T, S>;
    [K, V, S] HashMap<K, V, S>;
}

impl Altered {
    /// Never compiles: no collection is what this asks for.
    pub fn keep<T: Alterable>(self, variable: T) -> T::Kept {
        variable.never()
    }
}

/// What no variable is.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be changed by the closures of a pipeline",
    label = "changed by closures that run on several threads",
    note = "records are collected by `.to(collect(handle))`, or by key in an aggregate; what threads share is an `Arc<Mutex<…>>`"
)]
pub trait Alterable {
    /// In place of the variable. That it is unknown keeps rustc from errors that follow from this one.
    type Kept;
    /// Never called.
    fn never(self) -> Self::Kept;
}
