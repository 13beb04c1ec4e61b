//! Records as text: by their `Display`, or by their `Debug` where they have no `Display`.

use std::fmt;

use crate::never::{Impossible, Never};

/// A record printed by its `Display`.
pub struct ByDisplay<'a, T: ?Sized>(&'a T);
/// A record printed by its `Debug`.
pub struct ByDebug<'a, T: ?Sized>(&'a T);

impl<T: fmt::Display + ?Sized> fmt::Display for ByDisplay<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T: fmt::Debug + ?Sized> fmt::Display for ByDebug<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T: ?Sized> fmt::Debug for ByDisplay<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByDisplay")
    }
}
impl<T: ?Sized> fmt::Debug for ByDebug<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByDebug")
    }
}

/// How a type is printed.
#[derive(Debug, Clone, Copy)]
pub struct Displayed;
/// How a type is printed.
#[derive(Debug, Clone, Copy)]
pub struct Debugged;

impl Displayed {
    /// The record as text.
    pub fn text<T: ?Sized>(self, record: &T) -> ByDisplay<'_, T> {
        ByDisplay(record)
    }
}
impl Debugged {
    /// The record as text.
    pub fn text<T: Printable<M> + ?Sized, M>(self, record: &T) -> T::Text<'_> {
        record.text()
    }
}

/// What can be printed for want of a `Display`.
///
/// The text is an associated type, so that a record that cannot be printed is one error: nobody asks further whether its text can.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be printed",
    label = "the record has neither `Display` nor `Debug`",
    note = "add `#[derive(Debug)]` to its type, or make a text of it with `.map(…)`"
)]
pub trait Printable<M> {
    /// The text.
    type Text<'a>: fmt::Display
    where
        Self: 'a;
    /// The record as text.
    fn text(&self) -> Self::Text<'_>;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Debug + ?Sized> Printable<Debugged> for T {
    type Text<'a>
        = ByDebug<'a, T>
    where
        Self: 'a;
    fn text(&self) -> ByDebug<'_, T> {
        ByDebug(self)
    }
}

// Never used: with one implementation alone, rustc would go on as if it held, and report what follows from that as well.
#[diagnostic::do_not_recommend]
impl<T: fmt::Debug + Impossible + ?Sized> Printable<Never> for T {
    type Text<'a>
        = ByDebug<'a, T>
    where
        Self: 'a;
    fn text(&self) -> ByDebug<'_, T> {
        ByDebug(self)
    }
}
