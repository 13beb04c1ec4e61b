//! `window`: aggregates over windows of event time.

use crate::graph::{Scope, StreamKind};
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "window",
    op: OpKind::Window,
    kind: Kind::Scope,
    args: &[ArgSpec {
        name: "window",
        ty: Ty::Window,
        count: Count::One,
    }],
    takes: Takes::Keyed,
    gives: Gives::Kind(StreamKind::Scoped(Scope::Window)),
    needs_event_time: true,
    stateful: true,
    ..OpSpec::BASE
};
