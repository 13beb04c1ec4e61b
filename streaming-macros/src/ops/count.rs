//! `count`: counts the records of a key.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange::Slot;
use crate::expand::fused::{Fused, Here};
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::OpSpec;

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "count",
    common: true,
    result: Some("count"),
    ..OpSpec::AGGREGATE
};

pub(crate) static EMIT: Emit = Emit {
    aggregate: Aggregate {
        update: emit,
        ..Aggregate::MERGED
    },
    ..Emit::AGGREGATE
};

/// One more.
fn emit(fused: &mut Fused<'_>, id: NodeId, slot: &Slot, _: Here) -> TokenStream {
    let slot = slot.find(id, "slot");
    let call = names::call(names::AGG, &fused.node(id).name, &slot);
    quote!(#call;)
}
