//! Diagnostics: what went wrong, where, and what to do about it.

use proc_macro2::Span;

/// From the first to the last of the user's tokens that a diagnostic is about.
///
/// Stable `proc_macro` cannot join two spans, so both ends are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRange {
    pub(crate) start: Span,
    pub(crate) end: Span,
}
