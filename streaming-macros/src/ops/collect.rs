//! `collect`: collects records into a handle of the program.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here};
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Count, Holds, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "collect",
    args: &[ArgSpec {
        name: "handle",
        ty: Ty::Expr,
        count: Count::One,
    }],
    holds: Holds::Takes,
    inexact: Some("what it holds is gone after a crash"),
    ..OpSpec::SINK
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    ..Emit::SINK
};

/// Hands the record over, owned.
pub(super) fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let (prepare, record) = Fused::own_record(here, name);
    let put = names::put(id, name, &record);
    quote!(#prepare #put)
}
