//! `batch`: aggregates over each micro-batch.

use crate::graph::{Scope, StreamKind};
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes, TimeEffect};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "batch",
    op: OpKind::Batch,
    kind: Kind::Scope,
    takes: Takes::Keyed,
    gives: Gives::Kind(StreamKind::Scoped(Scope::Batch)),
    event_time: TimeEffect::Drops,
    ..OpSpec::BASE
};
