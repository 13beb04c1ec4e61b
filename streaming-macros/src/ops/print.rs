//! `print`: prints each record.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "print",
    op: OpKind::Print,
    kind: Kind::End,
    summary: "Prints each record.",
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    ..OpSpec::BASE
};
