//! The near side of an exchange: what an aggregate does with a record in the loop above it.

use proc_macro2::TokenStream;
use quote::quote;

use super::fused::{Fused, Here, operator};
use super::names::{of_node, own};
use crate::graph::{NodeId, Output, Port, Scope};
use crate::ops::{OpKind, agg, count, fold, reduce, sum};
use crate::plan;

/// Finds the slice and the slot of the key, and updates it; late records go where `.late()` is read.
pub(crate) fn emit(fused: &mut Fused<'_>, aggregate: NodeId, key: &TokenStream, here: Here) -> TokenStream {
    if plan::scope_of(fused.cx.graph, aggregate) != Some(Scope::Window) {
        return update(fused, aggregate, &quote!(0, #key), here);
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
    quote! {
        if let ::core::option::Option::Some(#slice) = #exchange.slice(#at) { #update } else { #task.late(#operator); #late }
    }
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
