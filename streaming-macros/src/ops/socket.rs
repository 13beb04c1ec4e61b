//! `socket`: reads lines from a TCP address.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "socket",
    op: OpKind::Socket,
    kind: Kind::Source,
    args: &[ArgSpec {
        name: "addr",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "reconnect",
        values: &[Ty::Duration],
        ..OptSpec::BASE
    }],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::BASE
};
