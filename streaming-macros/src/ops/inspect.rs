//! `inspect`: looks at each record and lets it pass.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "inspect",
    op: OpKind::Inspect,
    kind: Kind::Record,
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Same,
    ..OpSpec::BASE
};

/// `$crate::op::inspect(&record, f);`
pub(crate) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let call = fused.call_by_ref(id, &fused.node(id).args[0]);
    let rest = fused.main(id, here);
    quote!(#enter #call; #rest)
}
