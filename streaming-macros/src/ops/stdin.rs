//! `stdin`: reads standard input.

use crate::expand::emit::Emit;
use crate::spec::OpSpec;

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "stdin",
    inexact: Some("what was read from it is gone after a crash"),
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
