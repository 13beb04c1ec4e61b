//! `filter`: keeps the records for which a predicate holds.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, OpSpec, Rows, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "filter",
    common: true,
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    rows: Rows::AtMostOne,
    tries: Tries::Never,
    ..OpSpec::RECORD
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `if $crate::op::filter(&record, f) { … }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let (count, rest) = (fused.count(id), fused.main(id, here));
    quote!(#enter if #call { #count #rest })
}
