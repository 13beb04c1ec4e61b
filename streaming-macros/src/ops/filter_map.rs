//! `filter_map`: makes at most one record out of each.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, quote_record};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, OpSpec, Rows};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "filter_map",
    common: true,
    args: &[ArgSpec::RECORD_FN],
    rows: Rows::AtMostOne,
    ..OpSpec::MAP
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `if let Some(record) = $crate::op::filter_map(record, f) { … }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let node = fused.node(id);
    let (enter, taken) = (Fused::enter(id), Fused::take(here, &node.name));
    let call = fused.call(id, &taken, &node.args[0]);
    let record = quote_record();
    let (count, rest) = (fused.count(id), fused.main(id, Here { owned: true, ..here }));
    quote!(#enter if let ::core::option::Option::Some(#record) = #call { #count #rest })
}
