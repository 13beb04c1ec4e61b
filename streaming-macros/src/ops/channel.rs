//! `channel`: reads from a channel that the program feeds.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "channel",
    args: &[ArgSpec {
        name: "receiver",
        ty: Ty::Expr,
        count: Count::One,
    }],
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
