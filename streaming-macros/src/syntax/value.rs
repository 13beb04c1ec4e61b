//! Views on the tokens of an argument: what they look like, without changing them.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, LitStr};

use super::chain;
use super::tree::{Chain, Value};
use super::unit::{self, Number};
use crate::diag::Diagnostics;

impl Value {
    /// One word.
    pub(crate) fn word(&self) -> Option<Ident> {
        let mut tokens = self.tokens.clone().into_iter();
        match (tokens.next()?, tokens.next()) {
            (TokenTree::Ident(word), None) => Some(word),
            _ => None,
        }
    }

    /// A word with an argument: `timestamp(expr)`.
    pub(crate) fn word_call(&self) -> Option<(Ident, TokenStream)> {
        let mut tokens = self.tokens.clone().into_iter();
        match (tokens.next()?, tokens.next()?, tokens.next()) {
            (TokenTree::Ident(word), TokenTree::Group(group), None) => Some((word, group.stream())),
            _ => None,
        }
    }

    /// A number, with a unit perhaps.
    pub(crate) fn number(&self) -> Option<Number> {
        unit::number(&self.tokens)
    }

    /// A string literal.
    pub(crate) fn text(&self) -> Option<LitStr> {
        syn::parse2(self.tokens.clone()).ok()
    }

    /// A literal of any sort, as it was written.
    pub(crate) fn literal(&self) -> Option<String> {
        let literal: syn::Lit = syn::parse2(self.tokens.clone()).ok()?;
        Some(literal.to_token_stream().to_string())
    }

    /// How many parameters the closure has; `None` where it is none.
    pub(crate) fn closure_params(&self) -> Option<usize> {
        match syn::parse2(self.tokens.clone()) {
            Ok(Expr::Closure(closure)) => Some(closure.inputs.len()),
            _ => None,
        }
    }

    /// `async |record| …`, or a closure whose body is an `async` block.
    pub(crate) fn is_async_closure(&self) -> bool {
        match syn::parse2(self.tokens.clone()) {
            Ok(Expr::Closure(closure)) => closure.asyncness.is_some() || matches!(*closure.body, Expr::Async(_)),
            _ => false,
        }
    }

    /// A chain of calls, or one name. Mistakes inside it are reported.
    pub(crate) fn chain(&self, diagnostics: &mut Diagnostics) -> Option<Chain> {
        let tokens: Vec<TokenTree> = self.tokens.clone().into_iter().collect();
        chain::outline(&tokens)?;
        chain::parse(&tokens, diagnostics)
    }
}
