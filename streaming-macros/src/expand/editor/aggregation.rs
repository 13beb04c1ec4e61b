//! `agg(…)`: the user's expression, with its aggregates as methods of the group.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use super::super::names::{PRIVATE, own};
use super::{LANGUAGE, is_group, is_punct, repair, unfinished};
use crate::spec::{AggSpec, Bound, Shows};
use crate::syntax::tree::Call;

/// `stream.agg(expression)`
pub(super) fn emit(call: &Call, before: &Ident) -> TokenStream {
    let name = &call.name;
    let args = call.args.iter().map(|arg| {
        let named = arg.name.as_ref().map(|name| quote!(#name =));
        let value = repair::items(&expression(&arg.value.tokens, before, false));
        quote!(#named #value)
    });
    quote!(#before.#name(#(#args),*))
}

/// What is kept of a value that may borrow from the record.
pub(super) fn kept(value: &TokenStream) -> TokenStream {
    let (private, kept) = (own(PRIVATE), own("kept"));
    quote!({ let #kept = #value; #private::Lent::own((&&&&#private::Ask::about(&#kept)).__kind().lend(#kept)) })
}

/// What an aggregate of that name shows, or what the group fills in.
fn shows(name: &str) -> Option<Shows> {
    let bound = Bound::named(name).map(|_| Shows::Itself);
    bound.or_else(|| AggSpec::named(name).map(|spec| spec.shows))
}

fn expression(tokens: &TokenStream, stream: &Ident, fields: bool) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut code = TokenStream::new();
    let mut at = 0;
    while at < list.len() {
        let (token, before, after) = (&list[at], at.checked_sub(1).map(|at| &list[at]), list.get(at + 1));
        let first = before.is_none_or(|token| is_punct(token, ',') || is_value_colon(&list, at));
        if is_punct(token, '|') && first {
            let end = closure_end(&list, at);
            code.extend(repair::expression(&list[at..end].iter().cloned().collect()));
            at = end;
            continue;
        }
        let ends = after.is_none_or(|token| is_punct(token, ','));
        match token {
            TokenTree::Ident(name) if !before.is_some_and(|token| is_punct(token, '.')) => {
                let known = shows(&name.to_string());
                if let (Some(known), Some(TokenTree::Group(args))) = (known, after)
                    && args.delimiter() == Delimiter::Parenthesis
                {
                    code.extend(aggregate(name, known, args, stream));
                    at += 2;
                    continue;
                }
                let value = if fields { is_value_colon(&list, at) } else { first };
                if value && ends && known.is_none() {
                    code.extend(among_aggregates(&quote!(#name)));
                } else {
                    code.extend(quote!(#name));
                }
            }
            TokenTree::Group(group) => {
                let braces = is_group(token, Delimiter::Brace);
                let mut inside = Group::new(group.delimiter(), expression(&group.stream(), stream, braces));
                inside.set_span(group.span());
                code.extend([TokenTree::Group(inside)]);
            }
            token => code.extend([token.clone()]),
        }
        if fields && ends && is_value_colon(&list, at + 1) {
            code.extend(among_aggregates(&unfinished()));
        }
        at += 1;
    }
    code
}

/// A single colon stands before that place: the value of a field.
fn is_value_colon(list: &[TokenTree], at: usize) -> bool {
    let colon = |back: usize| at.checked_sub(back).is_some_and(|at| is_punct(&list[at], ':'));
    colon(1) && !colon(2)
}

/// Behind the comma that ends a closure.
fn closure_end(list: &[TokenTree], start: usize) -> usize {
    let mut bars = 0;
    for (at, token) in list.iter().enumerate().skip(start) {
        if is_punct(token, '|') {
            bars += 1;
        } else if is_punct(token, ',') && bars >= 2 {
            return at;
        }
    }
    list.len()
}

fn aggregate(name: &Ident, shows: Shows, args: &Group, stream: &Ident) -> TokenStream {
    let language = own(LANGUAGE);
    let mut inside = Group::new(Delimiter::Parenthesis, arguments(&args.stream()));
    inside.set_span(args.span());
    let call = quote!(#language::group(&#stream).#name #inside);
    match shows {
        Shows::Itself => call,
        Shows::Kept => kept(&call),
        Shows::List => {
            let one = kept(&quote!(#language::one(#call)));
            quote!(#language::many(#one))
        }
    }
}

/// The arguments, each made whole.
fn arguments(tokens: &TokenStream) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (mut code, mut at) = (TokenStream::new(), 0);
    while at < list.len() {
        let end = if is_punct(&list[at], '|') {
            closure_end(&list, at)
        } else {
            let comma = list[at..].iter().position(|token| is_punct(token, ','));
            comma.map_or(list.len(), |length| at + length)
        };
        code.extend(repair::expression(&list[at..end].iter().cloned().collect()));
        code.extend(list.get(end).cloned());
        at = end + 1;
    }
    code
}

/// An expression in which the names of aggregates are known.
fn among_aggregates(value: &TokenStream) -> TokenStream {
    let language = own(LANGUAGE);
    quote!({
        #[allow(unused_imports)]
        use #language::aggregate_names::*;
        #value
    })
}
