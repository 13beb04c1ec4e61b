//! `rate`: makes numbered records at a steady rate.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "rate",
    op: OpKind::Rate,
    kind: Kind::Source,
    args: &[ArgSpec {
        name: "rows_per_second",
        ty: Ty::Number,
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "count",
        values: &[Ty::Number],
        ..OptSpec::BASE
    }],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    ..OpSpec::BASE
};
