//! `sum`: adds up a number of each record of a key.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::exchange;
use crate::expand::fused::{Fused, look_at_record};
use crate::expand::names;
use crate::expand::values;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "sum",
    op: OpKind::Sum,
    kind: Kind::Reduce,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Function(1),
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};

/// Adds what the function gives.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId, place: &TokenStream) -> TokenStream {
    let node = fused.node(id);
    let (slot, record) = (exchange::slot(fused, id, "slot", place), look_at_record(&node.name));
    let function = values::of(&node.args[0]);
    let enter = Fused::enter(id);
    let call = names::call(names::AGG, &node.name, &quote!(#slot, #record, #function));
    quote!(#enter #call;)
}
