//! `memory`: reads the values of a collection.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "memory",
    op: OpKind::Memory,
    kind: Kind::Source,
    args: &[ArgSpec {
        name: "values",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    ..OpSpec::BASE
};
