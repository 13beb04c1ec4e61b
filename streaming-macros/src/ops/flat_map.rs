//! `flat_map`: makes any number of records out of each.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "flat_map",
    op: OpKind::FlatMap,
    kind: Kind::Record,
    summary: "Makes any number of records out of each.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Records),
    ..OpSpec::BASE
};
