//! What stands in `to(…)` and `dead_letter(…)`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Around, calls, is_punct, repair, unread};
use crate::spec::{OpSpec, Table};
use crate::syntax::tree::{Arg, Call, Head};

/// The sink, as a method of the sinks that fit.
pub(super) fn emit(tokens: &TokenStream, sinks: &TokenStream, table: &'static Table) -> TokenStream {
    let around = Around { table, stream: None };
    if tokens.is_empty() {
        return quote!(#sinks.unfinished());
    }
    let Some(chain) = crate::syntax::chain(tokens) else {
        return repair::expression(tokens);
    };
    let (head, spec) = match &chain.head {
        Head::Name(name) => (quote!(#name), table.sink(&name.to_string())),
        Head::Call(call) => {
            let spec = table.sink(&call.name.to_string());
            (head(call, spec, around), spec)
        }
    };
    let calls = chain.calls.iter().map(|call| {
        let option = spec.and_then(|spec| spec.option(&call.name.to_string()));
        let call = match option {
            Some(option) => calls::modifier(call, option, around),
            None => calls::operator(call, None, around),
        };
        quote!(.#call)
    });
    let sink = quote!(#sinks.#head #(#calls)*);
    let rest: Vec<_> = chain.rest.clone().into_iter().collect();
    match &rest[..] {
        [] => sink,
        [dot] if is_punct(dot, '.') => quote!(#sink #dot unfinished()),
        _ => {
            let rest = unread(&chain.rest);
            quote!({ #rest #sink })
        }
    }
}

/// `files(dir)`; an option between its parentheses is what it is behind them.
fn head(call: &Call, spec: Option<&OpSpec>, around: Around<'_>) -> TokenStream {
    let (named, placed) = call.args.iter().cloned().partition(|arg| arg.name.is_some());
    let placed = Call {
        args: placed,
        ..call.clone()
    };
    let named: Vec<Arg> = named;
    let bare = spec.map(|spec| OpSpec { options: &[], ..*spec });
    let placed = calls::operator(&placed, bare.as_ref(), around);
    let named = named.into_iter().map(|arg| {
        let (name, value) = (arg.name, repair::expression(&arg.value.tokens));
        quote!(.#name(#value))
    });
    quote!(#placed #(#named)*)
}
