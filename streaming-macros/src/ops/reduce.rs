//! `reduce`: combines the records of a key, two by two.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "reduce",
    op: OpKind::Reduce,
    kind: Kind::Reduce,
    summary: "Combines the records of a key, two by two.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Function(2),
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
