//! `to`: writes each record to a sink.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "to",
    op: OpKind::To,
    kind: Kind::End,
    args: &[ArgSpec {
        name: "sink",
        ty: Ty::Sink,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};
