//! `memory`: reads the values of a collection.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "memory",
    args: &[ArgSpec {
        name: "values",
        ty: Ty::Expr,
        count: Count::One,
    }],
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
