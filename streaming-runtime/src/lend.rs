//! Values on their way into state: `&str` becomes `String` when it is kept, `&T` is cloned, every other value is kept as it is.
//!
//! Which of these a value is, is decided where its type is known, in the code that the macro emits, by method resolution: a method of
//! [`TextKind`] is found before one of [`FarKind`], [`NearKind`] and [`PlainKind`], each of which is behind one reference more.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

use crate::decode::{DeadLetter, LentLetter};
use crate::sink::{Debugged, Displayed};

/// A value that may still borrow from the record.
pub trait Lent {
    /// What is kept.
    type Owned: Borrow<Self::View>;
    /// What both forms can be compared by.
    type View: ?Sized;
    /// The form for comparing.
    fn view(&self) -> &Self::View;
    /// The form for keeping.
    fn own(self) -> Self::Owned;
    /// Keeps this in place of what was kept before, whose room is used again where it is of use.
    #[inline(always)]
    fn replace(self, kept: &mut Self::Owned)
    where
        Self: Sized,
    {
        *kept = self.own();
    }
}

/// A value kept as it is.
#[derive(Debug, Clone, Copy)]
pub struct Plain<T>(pub T);

/// A borrowed text, kept as a `String`.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a>(pub &'a str);

/// A borrowed value, kept as a clone.
#[derive(Debug, Clone, Copy)]
pub struct Cloned<'a, T>(pub &'a T);

impl<T: Clone> Lent for Cloned<'_, T> {
    type Owned = T;
    type View = T;
    #[inline(always)]
    fn view(&self) -> &T {
        self.0
    }
    #[inline(always)]
    fn own(self) -> T {
        self.0.clone()
    }
    #[inline(always)]
    fn replace(self, kept: &mut T) {
        kept.clone_from(self.0);
    }
}

impl<T> Lent for Plain<T> {
    type Owned = T;
    type View = T;
    #[inline(always)]
    fn view(&self) -> &T {
        &self.0
    }
    #[inline(always)]
    fn own(self) -> T {
        self.0
    }
}

impl Lent for Text<'_> {
    type Owned = String;
    type View = str;
    #[inline(always)]
    fn view(&self) -> &str {
        self.0
    }
    fn own(self) -> String {
        self.0.to_owned()
    }
    #[inline]
    fn replace(self, kept: &mut String) {
        self.0.clone_into(kept);
    }
}

/// Asks for the kind of a value.
#[derive(Debug)]
pub struct Ask<T>(PhantomData<T>);

impl<T> Ask<T> {
    /// Asks for the kind of this value.
    #[inline(always)]
    #[must_use]
    pub fn about(_: &T) -> Self {
        Self(PhantomData)
    }

    /// Asks for the kind of a type.
    #[inline(always)]
    pub(crate) fn any() -> Self {
        Self(PhantomData)
    }
}

/// The kind of `&str`.
#[derive(Debug, Clone, Copy)]
pub struct IsText;
/// The kind of references to references.
#[derive(Debug, Clone, Copy)]
pub struct IsFar;
/// The kind of references.
#[derive(Debug, Clone, Copy)]
pub struct IsNear;
/// The kind of everything else.
#[derive(Debug, Clone, Copy)]
pub struct IsPlain;

impl IsText {
    /// Lends a text.
    #[inline(always)]
    #[must_use]
    pub fn lend(self, text: &str) -> Text<'_> {
        Text(text)
    }
}
impl IsFar {
    /// Lends what is borrowed.
    #[inline(always)]
    #[must_use]
    pub fn lend<'a, T>(self, value: &&'a T) -> Cloned<'a, T> {
        Cloned(value)
    }
}
impl IsNear {
    /// Lends what is borrowed.
    #[inline(always)]
    #[must_use]
    pub fn lend<T>(self, value: &T) -> Cloned<'_, T> {
        Cloned(value)
    }
}
impl IsPlain {
    /// Lends a value.
    #[inline(always)]
    #[must_use]
    pub fn lend<T>(self, value: T) -> Plain<T> {
        Plain(value)
    }
}

/// The kind of a dead letter.
#[derive(Debug, Clone, Copy)]
pub struct IsLetter;

impl IsLetter {
    /// Lends a letter.
    #[inline(always)]
    #[must_use]
    pub fn lend(self, letter: DeadLetter<'_>) -> LentLetter<'_> {
        LentLetter(letter)
    }
}

/// The kind of floating-point numbers where they are compared.
#[derive(Debug, Clone, Copy)]
pub struct IsFloat;

impl IsFloat {
    /// Lends a number; `0.0` where it is `-0.0`. So the least and the largest do not depend on the order of records.
    #[inline(always)]
    #[must_use]
    pub fn lend<T: std::ops::Add<Output = T> + From<f32>>(self, number: T) -> Plain<T> {
        Plain(number + T::from(0.0))
    }
}

/// The kind of references to floating-point numbers where they are compared.
#[derive(Debug, Clone, Copy)]
pub struct IsFloatNear;

impl IsFloatNear {
    /// Lends a number as [`IsFloat`] does.
    #[inline(always)]
    #[must_use]
    pub fn lend<T: Copy + std::ops::Add<Output = T> + From<f32>>(self, number: &T) -> Plain<T> {
        IsFloat.lend(*number)
    }
}

/// The kind of references to references to floating-point numbers where they are compared.
#[derive(Debug, Clone, Copy)]
pub struct IsFloatFar;

impl IsFloatFar {
    /// Lends a number as [`IsFloat`] does.
    #[inline(always)]
    #[must_use]
    pub fn lend<T: Copy + std::ops::Add<Output = T> + From<f32>>(self, number: &&T) -> Plain<T> {
        IsFloat.lend(**number)
    }
}

/// Found before all where values are compared: floating-point numbers.
pub trait FloatKind {
    /// The kind.
    type Kind;
    /// The kind where it is compared.
    fn __rank(&self) -> Self::Kind;
}

macro_rules! floats {
    ($($t:ty => $kind:ident),*) => {$(
        impl FloatKind for &&&&Ask<$t> {
            type Kind = $kind;
            #[inline(always)]
            fn __rank(&self) -> $kind {
                $kind
            }
        }
    )*};
}
floats!(
    f64 => IsFloat, f32 => IsFloat, &f64 => IsFloatNear, &f32 => IsFloatNear, &&f64 => IsFloatFar, &&f32 => IsFloatFar
);

/// Found first: values that have another form where they rest.
pub trait TextKind {
    /// The kind.
    type Kind;
    /// The kind.
    fn __kind(&self) -> Self::Kind;
    /// The kind where it is compared.
    #[inline(always)]
    fn __rank(&self) -> Self::Kind {
        self.__kind()
    }
}
impl TextKind for &&&Ask<&str> {
    type Kind = IsText;
    #[inline(always)]
    fn __kind(&self) -> IsText {
        IsText
    }
}
impl TextKind for &&&Ask<&&str> {
    type Kind = IsText;
    #[inline(always)]
    fn __kind(&self) -> IsText {
        IsText
    }
}
impl TextKind for &&&Ask<DeadLetter<'_>> {
    type Kind = IsLetter;
    #[inline(always)]
    fn __kind(&self) -> IsLetter {
        IsLetter
    }
}

/// Found second: references to references.
pub trait FarKind {
    /// The kind.
    fn __kind(&self) -> IsFar;
    /// The kind where it is compared.
    #[inline(always)]
    fn __rank(&self) -> IsFar {
        self.__kind()
    }
}
impl<T: Clone> FarKind for &&Ask<&&T> {
    #[inline(always)]
    fn __kind(&self) -> IsFar {
        IsFar
    }
}

/// Found third: references.
pub trait NearKind {
    /// The kind.
    fn __kind(&self) -> IsNear;
    /// The kind where it is compared.
    #[inline(always)]
    fn __rank(&self) -> IsNear {
        self.__kind()
    }
}
impl<T: Clone> NearKind for &Ask<&T> {
    #[inline(always)]
    fn __kind(&self) -> IsNear {
        IsNear
    }
}

/// Found last: everything.
pub trait PlainKind {
    /// The kind.
    fn __kind(&self) -> IsPlain;
    /// The kind where it is compared.
    #[inline(always)]
    fn __rank(&self) -> IsPlain {
        self.__kind()
    }
}
impl<T> PlainKind for Ask<T> {
    #[inline(always)]
    fn __kind(&self) -> IsPlain {
        IsPlain
    }
}

/// Found first: types with `Display`.
pub trait DisplayKind {
    /// How it is printed.
    fn __printed(&self) -> Displayed;
}
impl<T: fmt::Display> DisplayKind for Ask<T> {
    fn __printed(&self) -> Displayed {
        Displayed
    }
}
/// Found second: everything, which then needs `Debug`.
pub trait DebugKind {
    /// How it is printed.
    fn __printed(&self) -> Debugged;
}
impl<T> DebugKind for &Ask<T> {
    fn __printed(&self) -> Debugged {
        Debugged
    }
}

#[cfg(test)]
mod tests;
