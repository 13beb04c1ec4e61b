//! `filter`: keeps the records for which a predicate holds.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "filter",
    op: OpKind::Filter,
    kind: Kind::Record,
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Same,
    ..OpSpec::BASE
};

/// `if $crate::op::filter(&record, f) { … }`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let (count, rest) = (fused.count(id), fused.main(id, here));
    quote!(#enter if #call { #count #rest })
}
