//! `sink`: writes to a sink of your own.

use proc_macro2::TokenStream;

use crate::expand::fused::{Fused, Here};
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "sink",
    op: OpKind::SinkExpr,
    kind: Kind::Sink,
    args: &[ArgSpec {
        name: "sink",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};

/// Hands the record over, owned.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    super::collect::emit(fused, id, here)
}
