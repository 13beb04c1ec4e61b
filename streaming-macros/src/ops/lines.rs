//! `lines`: reads raw bytes as lines of text.

use super::decode::MAX_RECORD;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "lines",
    op: OpKind::Lines,
    kind: Kind::Decode,
    options: &[
        MAX_RECORD,
        OptSpec {
            name: "on_error",
            values: &[Ty::OnError],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Raw,
    gives: Gives::Kind(StreamKind::Records),
    ..OpSpec::BASE
};
