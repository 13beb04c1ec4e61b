//! `sink`: writes to a sink of your own.

use proc_macro2::TokenStream;

use super::collect;
use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, Holds, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "sink",
    args: &[ArgSpec {
        name: "sink",
        ty: Ty::Expr,
        count: Count::One,
    }],
    holds: Holds::Takes,
    custom: true,
    ..OpSpec::SINK
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::SINK
};

/// Hands the record over, owned.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    collect::emit(fused, id, here)
}
