//! `late`: the records that came too late for a windowed aggregate.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "late",
    op: OpKind::Late,
    kind: Kind::Side,
    summary: "The records that came too late for a windowed aggregate.",
    takes: Takes::Windowed,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    ..OpSpec::BASE
};
