//! `agg`: makes one record per key out of aggregates.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "agg",
    op: OpKind::Agg,
    kind: Kind::Reduce,
    summary: "Makes one record per key out of aggregates.",
    args: &[ArgSpec {
        name: "expression",
        ty: Ty::Aggregation,
        count: Count::One,
    }],
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
