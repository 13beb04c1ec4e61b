//! `errors`: the input that a decode could not read.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes, TimeEffect};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "errors",
    op: OpKind::Errors,
    kind: Kind::Side,
    summary: "The input that a decode could not read.",
    takes: Takes::Decoded,
    gives: Gives::Kind(StreamKind::Records),
    drops_meta: true,
    event_time: TimeEffect::Drops,
    ..OpSpec::BASE
};
