//! `socket`: reads lines from a TCP address.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, OptSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "socket",
    args: &[ArgSpec {
        name: "addr",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "reconnect",
        values: &[Ty::Duration],
        ..OptSpec::BASE
    }],
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
