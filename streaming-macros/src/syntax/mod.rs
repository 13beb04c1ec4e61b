//! From tokens to a tree. Parsing never fails: it returns a tree of all that was written, and diagnostics.

mod args;
mod chain;
mod classify;
pub(crate) mod conditions;
mod cursor;
mod form;
pub(crate) mod invisible;
mod split;
mod statement;
pub(crate) mod tree;
pub(crate) mod unit;
pub(crate) mod value;

#[cfg(test)]
mod tests;

use proc_macro2::{Group, TokenStream, TokenTree};

use crate::diag::Diagnostics;
use crate::spec::Table;
pub(crate) use classify::names_in;
use tree::{Arg, Chain, Pipeline};

/// Reads the input of the macro.
pub(crate) fn parse(input: TokenStream, table: &'static Table, diagnostics: &mut Diagnostics) -> Pipeline {
    let form::Split { form, body, span } = form::parse(input, diagnostics);
    let (statements, lints) = statement::parse_all(&body, table, diagnostics);
    Pipeline {
        form,
        statements,
        lints,
        span,
    }
}

/// Reads the arguments in a pair of parentheses.
pub(crate) fn arguments(group: &Group, diagnostics: &mut Diagnostics) -> Vec<Arg> {
    args::parse(group, diagnostics)
}

/// Reads a chain of calls or a name inside an argument, however it ends; `None` where there is none. Says nothing about mistakes.
pub(crate) fn chain(tokens: &TokenStream) -> Option<Chain> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut diagnostics = Diagnostics::default();
    let chain = chain::parse(&tokens, &mut diagnostics);
    let _ = diagnostics.read();
    chain
}

/// Reads the arguments in a pair of parentheses, and says nothing about mistakes.
pub(crate) fn list(group: &Group) -> Vec<Arg> {
    let mut diagnostics = Diagnostics::default();
    let args = args::parse(group, &mut diagnostics);
    let _ = diagnostics.read();
    args
}
