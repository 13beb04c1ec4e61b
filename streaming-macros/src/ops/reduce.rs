//! `reduce`: combines the records of a key, two by two.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::captures::Place;
use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange::Slot;
use crate::expand::fused::{Fused, Here};
use crate::expand::keyed::{Finish, Operator};
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, Holds, OpSpec, Params, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "reduce",
    common: true,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Step(&Params::SO_FAR),
        count: Count::One,
    }],
    holds: Holds::Takes,
    ..OpSpec::AGGREGATE
};

pub(crate) static EMIT: Emit = Emit {
    aggregate: Aggregate {
        update: emit,
        combine: None,
        finish,
    },
    ..Emit::AGGREGATE
};

/// Combines the record with what is there.
fn emit(fused: &mut Fused<'_>, id: NodeId, slot: &Slot, here: Here) -> TokenStream {
    let (enter, place) = (Fused::enter(id), slot.find(id, "place"));
    let (prepare, record) = Fused::resting_record(here, &fused.node(id).name);
    let slot = own("slot");
    quote!(#enter let #slot = #place; #prepare #slot.merge(::core::option::Option::Some(#record));)
}

/// The way two records become one, and `(key, record)`.
fn finish(fused: &mut Fused<'_>, id: NodeId) -> Finish {
    let (node, exchange) = (fused.node(id), of_node('x', id));
    let private = names::user(names::PRIVATE, &node.name);
    let (a, b, state, function) = (own("a"), own("b"), own("state"), values::of(&node.args[0]));
    let call = names::call(names::OP, &node.name, &quote!(#a, #b, #function));
    let step = fused
        .cx
        .captures
        .taken(Place::Step(id, "f"), quote!(move |#a, #b| #call));
    Finish {
        before: quote!(#private::Exchange::reduce_with(&#exchange, #step);),
        operator: Operator::Over(quote_spanned!(node.name.span()=> #private::Parts)),
        pattern: quote!(#state),
        prepare: TokenStream::new(),
        value: quote_spanned!(node.name.span()=> #private::reduced(#state)),
    }
}
