//! `reduce`: combines the records of a key, two by two.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::captures::Place;
use crate::expand::exchange;
use crate::expand::fused::{Fused, Here};
use crate::expand::keyed::Finish;
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "reduce",
    op: OpKind::Reduce,
    kind: Kind::Reduce,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Function(2),
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// Combines the record with what is there.
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, place: &TokenStream, here: Here) -> TokenStream {
    let (enter, place) = (Fused::enter(id), exchange::slot(fused, id, "place", place));
    let (prepare, record) = Fused::own_record(here, &fused.node(id).name);
    let slot = own("slot");
    quote!(#enter let #slot = #place; #prepare #slot.merge(::core::option::Option::Some(#record));)
}

/// The way two records become one, and `(key, record)`.
pub(crate) fn finish(fused: &Fused<'_>, id: NodeId) -> Finish {
    let (node, exchange) = (fused.node(id), of_node('x', id));
    let private = names::user(names::PRIVATE, &node.name);
    let (a, b, state, function) = (own("a"), own("b"), own("state"), values::of(&node.args[0]));
    let call = names::call(names::OP, &node.name, &quote!(#a, #b, #function));
    let step = fused.cx.captures.taken(Place::Step(id), quote!(move |#a, #b| #call));
    Finish {
        before: quote!(#private::Exchange::reduce_with(&#exchange, #step);),
        with: quote_spanned!(node.name.span()=> #private::Parts),
        pattern: quote!(#state),
        prepare: TokenStream::new(),
        value: quote_spanned!(node.name.span()=> #private::reduced(#state)),
    }
}
