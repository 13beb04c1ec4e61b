//! `collect`: collects records into a handle of the program.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "collect",
    op: OpKind::Collect,
    kind: Kind::Sink,
    summary: "Collects records into a handle of the program.",
    args: &[ArgSpec {
        name: "handle",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};
