//! `channel`: reads from a channel that the program feeds.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "channel",
    op: OpKind::Channel,
    kind: Kind::Source,
    args: &[ArgSpec {
        name: "receiver",
        ty: Ty::Expr,
        count: Count::One,
    }],
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::BASE
};
