//! `split`: parts a stream in two: where a predicate holds, and where not.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "split",
    op: OpKind::Split,
    kind: Kind::Parts,
    summary: "Parts a stream in two: where a predicate holds, and where not.",
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Parts(2)),
    ..OpSpec::BASE
};
