//! `rate`: makes numbered records at a steady rate.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, OptSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "rate",
    args: &[ArgSpec {
        name: "rows_per_second",
        ty: Ty::Number,
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "count",
        values: &[Ty::Number],
        ..OptSpec::BASE
    }],
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
