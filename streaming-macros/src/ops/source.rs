//! `source`: reads a source of your own.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "source",
    op: OpKind::SourceExpr,
    kind: Kind::Source,
    args: &[ArgSpec {
        name: "source",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    ..OpSpec::BASE
};
