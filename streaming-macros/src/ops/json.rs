//! `json`: reads raw bytes as JSON.

use super::decode::MAX_RECORD;
use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "json",
    op: OpKind::Json,
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
