//! The near side of an exchange: what an aggregate does with a record in the loop above it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::fused::{Fused, Here, operator};
use super::names::{self, of_node, own};
use crate::graph::{NodeId, Output, Port, Scope};
use crate::ops::{OpKind, agg, count, fold, reduce, sum};
use crate::plan;

/// Finds the slice and the slot of the key, and updates it; late records go where `.late()` is read.
pub(crate) fn emit(fused: &mut Fused<'_>, aggregate: NodeId, key: &TokenStream, here: Here) -> TokenStream {
    if plan::scope_of(fused.cx.graph, aggregate) != Some(Scope::Window) {
        let (used, update) = (fused.fate("used"), update(fused, aggregate, &quote!(0, #key), here));
        return quote!(#used #update);
    }
    let (exchange, task, slice) = (of_node('x', aggregate), own("task"), own("slice"));
    let (at, operator) = (fused.at(here), operator(aggregate));
    let update = update(fused, aggregate, &quote!(#slice, #key), here);
    let late = fused.port(
        Port {
            node: aggregate,
            output: Output::Late,
        },
        here,
    );
    let (used, is_late) = (fused.fate("used"), fused.fate("late"));
    quote! {
        if let ::core::option::Option::Some(#slice) = #exchange.slice(#at) {
            #used #update
        } else {
            #task.late(#operator); #is_late #late
        }
    }
}

/// `x7.slot(slice, key)`, shown at `key_by`: what cannot be a key is a mistake there.
pub(crate) fn slot(fused: &Fused<'_>, aggregate: NodeId, method: &str, place: &TokenStream) -> TokenStream {
    let (_, key) = plan::scope_and_key(fused.cx.graph, aggregate);
    let (user, exchange) = (&fused.node(key).name, of_node('x', aggregate));
    let method = names::user(method, user);
    quote_spanned!(user.span()=> #exchange.#method(#place))
}

fn update(fused: &mut Fused<'_>, aggregate: NodeId, place: &TokenStream, here: Here) -> TokenStream {
    match fused.node(aggregate).spec.op {
        OpKind::Agg => agg::emit(fused, aggregate, place, here),
        OpKind::Count => count::emit(fused, aggregate, place),
        OpKind::Sum => sum::emit(fused, aggregate, place),
        OpKind::Reduce => reduce::emit(fused, aggregate, place, here),
        OpKind::Fold => fold::emit(fused, aggregate, place, here),
        _ => TokenStream::new(),
    }
}
