//! `branch`: parts a stream by the first predicate that holds; the last part is the rest.

use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "branch",
    op: OpKind::Branch,
    kind: Kind::Parts,
    summary: "Parts a stream by the first predicate that holds; the last part is the rest.",
    args: &[ArgSpec {
        name: "predicates",
        ty: Ty::RecordFn,
        count: Count::AtLeast(1),
    }],
    takes: Takes::Records,
    gives: Gives::PartsPlusOne,
    ..OpSpec::BASE
};
