//! Makes whole what ends too early: an editor shows a type for everything before the cursor, and no mistake of the macro's.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use super::{is_punct, unfinished, unread};

/// An expression: as it was written, or with what it lacks at its end.
pub(super) fn expression(tokens: &TokenStream) -> TokenStream {
    if is_expression(tokens) {
        return tokens.clone();
    }
    let whole = dots(tokens);
    let unfinished = unfinished();
    let ends = [
        quote!(#whole),
        quote!(#whole #unfinished),
        quote!(#whole | #unfinished),
        quote!(#whole _| #unfinished),
    ];
    ends.into_iter()
        .find(is_expression)
        .unwrap_or_else(|| without_rest(tokens))
}

/// The longest beginning that is an expression, and what stands behind it where it means nothing. A closure stays one: its
/// parameter has a type by its place.
fn without_rest(tokens: &TokenStream) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let body = super::closure::bars(&list).map_or(0, |(_, end)| end + 1);
    let (params, body) = list.split_at(body);
    let read = (1..body.len()).rev().find_map(|length| {
        let read = dots(&body[..length].iter().cloned().collect());
        is_expression(&read).then_some((read, length))
    });
    let (read, length) = read.unwrap_or_else(|| (unfinished(), 0));
    let rest = unread(&body[length..].iter().cloned().collect());
    let whole = quote!(#(#params)* { #rest #read });
    if is_expression(&whole) {
        return whole;
    }
    let (unread, unfinished) = (unread(tokens), unfinished());
    quote!({ #unread #unfinished })
}

/// An expression that holds lists, each item made whole.
pub(super) fn items(tokens: &TokenStream) -> TokenStream {
    if is_expression(tokens) {
        return tokens.clone();
    }
    let whole = each(tokens);
    if is_expression(&whole) {
        return whole;
    }
    let (unread, unfinished) = (unread(tokens), unfinished());
    quote!({ #unread #unfinished })
}

/// The items of a list, and of the lists within.
fn each(tokens: &TokenStream) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut items = list
        .split_inclusive(|token| is_punct(token, ','))
        .map(|item| match item {
            [item @ .., comma] if is_punct(comma, ',') => (item, Some(comma)),
            item => (item, None),
        });
    let mut whole = TokenStream::new();
    for (item, comma) in &mut items {
        let item = item.iter().cloned().collect();
        let item = if is_item(&item) { item } else { made_whole(&item) };
        whole.extend(quote!(#item #comma));
    }
    whole
}

fn made_whole(item: &TokenStream) -> TokenStream {
    let within = item.clone().into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut whole = Group::new(group.delimiter(), each(&group.stream()));
            whole.set_span(group.span());
            TokenTree::Group(whole)
        }
        token => token,
    });
    let whole = dots(&within.collect());
    let unfinished = unfinished();
    let longer = quote!(#whole #unfinished);
    if !is_item(&whole) && is_item(&longer) {
        return longer;
    }
    whole
}

fn is_item(tokens: &TokenStream) -> bool {
    tokens.is_empty() || is_expression(tokens) || syn::parse2::<syn::FieldValue>(tokens.clone()).is_ok()
}

fn is_expression(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::Expr>(tokens.clone()).is_ok()
}

/// Puts a call behind each dot that nothing stands behind.
pub(super) fn dots(tokens: &TokenStream) -> TokenStream {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut whole = TokenStream::new();
    for (at, token) in list.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), dots(&group.stream()));
                inside.set_span(group.span());
                whole.extend([TokenTree::Group(inside)]);
            }
            token => whole.extend([token.clone()]),
        }
        let range = at > 0 && is_punct(&list[at - 1], '.');
        let ends = list
            .get(at + 1)
            .is_none_or(|next| is_punct(next, ',') || is_punct(next, ';'));
        if is_punct(token, '.') && !range && ends {
            whole.extend(quote!(unfinished()));
        }
    }
    whole
}
