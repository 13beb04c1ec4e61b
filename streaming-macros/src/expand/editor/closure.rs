//! Functions of the record.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use super::super::names::own;
use super::{LANGUAGE, is_punct, repair};

/// `|record| …` as it is; `|record, meta| …` as a function of the record that binds the meta first.
pub(super) fn of_record(tokens: &TokenStream, stream: &Ident) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let Some((start, end)) = bars(&list) else {
        return repair::expression(tokens);
    };
    let (params, body) = (&list[start + 1..end], &list[end + 1..]);
    let Some(comma) = params.iter().position(|token| is_punct(token, ',')) else {
        return repair::expression(tokens);
    };
    let (record, meta) = (&params[..comma], &params[comma + 1..]);
    if meta.is_empty() || body.first().is_some_and(|token| is_punct(token, '-')) {
        return repair::expression(tokens);
    }
    let (before, bar, close) = (&list[..start], &list[start], &list[end]);
    let (language, body) = (own(LANGUAGE), repair::expression(&body.iter().cloned().collect()));
    let closure = quote!(#(#before)* #bar #(#record)* #close { let #(#meta)* = #language::meta(&#stream); #body });
    repair::expression(&closure)
}

/// Where the parameters begin and end.
pub(super) fn bars(list: &[TokenTree]) -> Option<(usize, usize)> {
    let start = list.iter().take(3).position(|token| is_punct(token, '|'))?;
    let words = list[..start].iter().all(|token| matches!(token, TokenTree::Ident(_)));
    let empty = matches!(&list[start], TokenTree::Punct(bar) if bar.spacing() == Spacing::Joint)
        && list.get(start + 1).is_some_and(|token| is_punct(token, '|'));
    let end = start + 1 + list[start + 1..].iter().position(|token| is_punct(token, '|'))?;
    (words && !empty).then_some((start, end))
}
