//! Arguments, as their specs type them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use super::super::names::own;
use super::{Around, LANGUAGE, any, calls, closure, is_group, repair, sink, unread};
use crate::spec::{Shape, Ty};
use crate::syntax::tree::{Arg, Value};
use crate::syntax::unit;

/// The value of an option or an argument.
pub(super) fn of(value: &Value, ty: Ty, option: &str, around: Around<'_>) -> TokenStream {
    let language = own(LANGUAGE);
    match (ty, around.stream) {
        (Ty::RecordFn, Some(stream)) => closure::of_record(&value.tokens, stream),
        (Ty::DelayOr(other), _) if value.word().is_some_and(|word| word == other) => any(),
        (Ty::DelayOr(_) | Ty::Duration | Ty::Delay | Ty::Size | Ty::Number, _) => quantity(value),
        (Ty::Words(&["true", "false"], _), _) => repair::expression(&value.tokens),
        (Ty::Words(..), _) => word(value, option, &quantities),
        (Ty::Range, _) => {
            let (unread, any) = (unread(&value.tokens), any());
            quote!({ #unread #any })
        }
        (Ty::Window, _) => window(value),
        (Ty::OnError, _) => word(value, "on_error", &|tokens| {
            sink::emit(tokens, &quote!(#language::letters()), around.table)
        }),
        (Ty::Sink, Some(stream)) => sink::emit(&value.tokens, &quote!(#language::at(&#stream)), around.table),
        _ => repair::expression(&value.tokens),
    }
}

/// The value of a setting.
pub(super) fn setting(name: &str, value: &Value) -> TokenStream {
    match name {
        "trigger" | "guarantee" | "on_panic" => word(value, name, &quantities),
        "name" | "brokers" | "checkpoint" => given(value),
        _ => quantity(value),
    }
}

/// A value of one of several types.
pub(super) fn given(value: &Value) -> TokenStream {
    let (language, value) = (own(LANGUAGE), repair::expression(&value.tokens));
    quote!(#language::value(#value))
}

/// `30s` is no Rust: only its type matters.
fn quantity(value: &Value) -> TokenStream {
    quantities(&value.tokens)
}

fn quantities(tokens: &TokenStream) -> TokenStream {
    if tokens.is_empty() || unit::number(tokens).is_some_and(|number| !number.suffix.is_empty()) {
        return any();
    }
    if unit::first_with_unit(tokens).is_some() {
        let (unread, any) = (unread(tokens), any());
        return quote!({ #unread #any });
    }
    repair::expression(tokens)
}

/// `tumbling(7d, offset = 4d)`
fn window(value: &Value) -> TokenStream {
    let tokens: Vec<TokenTree> = value.tokens.clone().into_iter().collect();
    let (language, module) = (own(LANGUAGE), own("window"));
    let [TokenTree::Ident(word), TokenTree::Group(group)] = &tokens[..] else {
        return word(value, "window", &quantities);
    };
    if group.delimiter() != Delimiter::Parenthesis {
        return repair::expression(&value.tokens);
    }
    let args = crate::syntax::list(group);
    let shape = Shape::of(&word.to_string());
    let (first, named): (Vec<Arg>, Vec<Arg>) = args.into_iter().partition(|arg| arg.name.is_none());
    let takes = usize::from(shape.is_none_or(|shape| shape.first.is_some()));
    let (size, more) = first.split_at(takes.min(first.len()));
    let missing = (size.len()..takes).map(|_| any());
    let sizes: Vec<TokenStream> = size.iter().map(|size| quantity(&size.value)).chain(missing).collect();
    let named = [more, &named].concat();
    let of = shape.map_or("tumbling", |shape| shape.name);
    let options = calls::options(of, &named, &|_, value| quantity(value));
    quote!(#language::words::#module::#word(#(#sizes),*).given(#options))
}

/// `earliest`, `tumbling(1min)`: names of a module of their own.
fn word(value: &Value, module: &str, argument: &dyn Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let (language, module) = (own(LANGUAGE), own(module));
    let tokens: Vec<TokenTree> = value.tokens.clone().into_iter().collect();
    match &tokens[..] {
        [] => quote!(#language::words::#module::unfinished()),
        [TokenTree::Ident(word)] => quote!(#language::words::#module::#word),
        [TokenTree::Ident(word), token @ TokenTree::Group(group)] if is_group(token, Delimiter::Parenthesis) => {
            let argument = argument(&group.stream());
            quote!(#language::words::#module::#word(#argument))
        }
        _ => repair::expression(&value.tokens),
    }
}
