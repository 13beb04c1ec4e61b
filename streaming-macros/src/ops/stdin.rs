//! `stdin`: reads standard input.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, Takes};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "stdin",
    op: OpKind::Stdin,
    kind: Kind::Source,
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::BASE
};
