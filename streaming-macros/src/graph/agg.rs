//! `agg(…)`: the user's expression, with its aggregate calls taken out.

use proc_macro2::{Delimiter, Ident, Span, TokenStream};

/// The argument of `agg`: everything the user wrote, in order, with a hole where an aggregate stood.
#[derive(Clone, Debug)]
pub(crate) struct Aggregation {
    pub(crate) expr: Vec<Piece>,
    /// One accumulator each; [`Piece::Aggregate`] points here.
    pub(crate) calls: Vec<AggCall>,
}

/// A part of the expression.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// User tokens, verbatim.
    Tokens(TokenStream),
    /// A bracket of the user's with something in it that is not all verbatim.
    Group {
        delimiter: Delimiter,
        span: Span,
        pieces: Vec<Piece>,
    },
    /// The result of `calls[n]`.
    Aggregate(usize),
    /// `key()`
    Key(Ident),
    /// `window_start()`
    WindowStart(Ident),
    /// `window_end()`
    WindowEnd(Ident),
}

/// One aggregate call.
#[derive(Clone, Debug)]
pub(crate) struct AggCall {
    pub(crate) function: AggFn,
    /// The user's own token of its name.
    pub(crate) name: Ident,
    /// The user's arguments: nothing for `count()`, `n` and the closure for `top`, else a closure.
    pub(crate) args: Vec<TokenStream>,
}

/// The aggregate functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AggFn {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    First,
    Last,
    Collect,
    CountDistinct,
    Top,
}
