//! `sum`: adds up a number of each record of a key.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "sum",
    op: OpKind::Sum,
    kind: Kind::Reduce,
    summary: "Adds up a number of each record of a key.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::Function(1),
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
