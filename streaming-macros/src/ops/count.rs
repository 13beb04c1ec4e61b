//! `count`: counts the records of a key.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "count",
    op: OpKind::Count,
    kind: Kind::Reduce,
    summary: "Counts the records of a key.",
    takes: Takes::Scoped,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
