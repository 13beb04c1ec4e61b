//! `collect`: collects records into a handle of the program.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, Here};
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "collect",
    op: OpKind::Collect,
    kind: Kind::Sink,
    args: &[ArgSpec {
        name: "handle",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    inexact: Some("what it holds is gone after a crash"),
    ..OpSpec::BASE
};

/// Hands the record over, owned.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = &fused.node(id).name;
    let (prepare, record) = Fused::own_record(here, name);
    let put = names::put(id, name, &record);
    quote!(#prepare #put)
}
