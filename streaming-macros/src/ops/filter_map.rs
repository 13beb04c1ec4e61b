//! `filter_map`: makes at most one record out of each.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "filter_map",
    op: OpKind::FilterMap,
    kind: Kind::Record,
    summary: "Makes at most one record out of each.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Records),
    ..OpSpec::BASE
};
