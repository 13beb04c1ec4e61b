//! `filter`: keeps the records for which a predicate holds.

use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "filter",
    op: OpKind::Filter,
    kind: Kind::Record,
    summary: "Keeps the records for which a predicate holds.",
    args: &[ArgSpec {
        name: "predicate",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Same,
    ..OpSpec::BASE
};
