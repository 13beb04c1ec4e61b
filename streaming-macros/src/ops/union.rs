//! `union`: puts several streams together into one.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "union",
    op: OpKind::Union,
    kind: Kind::Union,
    summary: "Puts several streams together into one.",
    args: &[ArgSpec {
        name: "streams",
        ty: Ty::Stream,
        count: Count::AtLeast(2),
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
