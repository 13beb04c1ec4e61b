//! `key_by`: gives each record a key.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "key_by",
    op: OpKind::KeyBy,
    kind: Kind::KeyBy,
    summary: "Gives each record a key.",
    args: &[ArgSpec {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    }],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::Keyed),
    ..OpSpec::BASE
};
