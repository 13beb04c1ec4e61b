//! `sum`: adds up a number of each record of a key.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::{Aggregate, Emit};
use crate::expand::exchange::Slot;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::expand::names;
use crate::expand::values;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, OpSpec, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "sum",
    common: true,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Function,
        count: Count::One,
    }],
    result: Some("sum"),
    tries: Tries::Never,
    ..OpSpec::AGGREGATE
};

pub(crate) static EMIT: Emit = Emit {
    aggregate: Aggregate {
        update: emit,
        ..Aggregate::MERGED
    },
    ..Emit::AGGREGATE
};

/// Adds what the function gives.
fn emit(fused: &mut Fused<'_>, id: NodeId, slot: &Slot, _: Here) -> TokenStream {
    let node = fused.node(id);
    let (slot, record) = (slot.find(id, "slot"), look_at_record(&node.name));
    let function = values::of(&node.args[0]);
    let enter = Fused::enter(id);
    let call = names::call(names::AGG, &node.name, &quote!(#slot, #record, #function));
    quote!(#enter #call;)
}
