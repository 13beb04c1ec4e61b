//! `running`: aggregates over all that came so far.

use crate::graph::{Scope, StreamKind};
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, TimeEffect, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "running",
    op: OpKind::Running,
    kind: Kind::Scope,
    args: &[ArgSpec {
        name: "unbounded",
        ty: Ty::Words(&["unbounded"], &[]),
        count: Count::Optional,
    }],
    options: &[OptSpec {
        name: "ttl",
        values: &[Ty::Duration],
        ..OptSpec::BASE
    }],
    takes: Takes::Keyed,
    gives: Gives::Kind(StreamKind::Scoped(Scope::Running)),
    event_time: TimeEffect::Drops,
    stateful: true,
    bounded_by: Some("ttl"),
    updating: true,
    ..OpSpec::BASE
};
