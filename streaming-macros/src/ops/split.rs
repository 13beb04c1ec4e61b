//! `split`: parts a stream in two: where a predicate holds, and where not.

use proc_macro2::TokenStream;
use quote::quote;

use super::branch;
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "split",
    op: OpKind::Split,
    kind: Kind::Parts,
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Parts(2)),
    ..OpSpec::BASE
};

/// `if $crate::op::split(&record, f) { … } else { … }`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let parts = branch::parts(fused, id, here);
    quote!(#enter #parts)
}
