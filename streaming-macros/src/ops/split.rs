//! `split`: parts a stream in two: where a predicate holds, and where not.

use proc_macro2::TokenStream;
use quote::quote;

use super::branch;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, Gives, OpSpec, StreamKind, Tries, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "split",
    common: true,
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    gives: Gives::Kind(StreamKind::Parts(2)),
    tries: Tries::Never,
    ..OpSpec::PARTS
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::BASE
};

/// `if $crate::op::split(&record, f) { … } else { … }`
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let enter = Fused::enter(id);
    let parts = branch::parts(fused, id, here);
    quote!(#enter #parts)
}
