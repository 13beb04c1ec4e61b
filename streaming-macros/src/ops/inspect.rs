//! `inspect`: looks at each record and lets it pass.

use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "inspect",
    op: OpKind::Inspect,
    kind: Kind::Record,
    summary: "Looks at each record and lets it pass.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Same,
    ..OpSpec::BASE
};
