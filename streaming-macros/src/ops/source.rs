//! `source`: reads a source of your own.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "source",
    args: &[ArgSpec {
        name: "source",
        ty: Ty::Expr,
        count: Count::One,
    }],
    custom: true,
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
