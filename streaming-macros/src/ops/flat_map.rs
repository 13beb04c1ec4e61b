//! `flat_map`: makes any number of records out of each.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, quote_record};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, OpSpec, Rows};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "flat_map",
    common: true,
    args: &[ArgSpec::RECORD_FN],
    rows: Rows::Any,
    ..OpSpec::MAP
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `for record in $crate::op::flat_map(record, f) { … }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let node = fused.node(id);
    let (enter, taken) = (Fused::enter(id), Fused::take(here, &node.name));
    let call = fused.call(id, &taken, &node.args[0]);
    let record = quote_record();
    let (count, rest) = (fused.count(id), fused.main(id, Here { owned: true, ..here }));
    // All of the loop at the user's token: what is no iterator is one mistake, not one here and one there.
    let each = quote_spanned!(node.name.span()=> for #record in #call { #count #rest });
    quote!(#enter #each)
}
