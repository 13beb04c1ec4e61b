//! `lines`: reads raw bytes as lines of text.

use crate::expand::emit::Emit;
use crate::spec::{OpSpec, OptSpec};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "lines",
    common: true,
    options: &[OptSpec::MAX_RECORD, OptSpec::ON_ERROR],
    ..OpSpec::DECODE
};

pub(crate) static EMIT: Emit = Emit::BASE;
