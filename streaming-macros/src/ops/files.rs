//! `files`: reads every file that a glob matches.

use crate::expand::emit::Emit;
use crate::spec::{ArgSpec, Count, OpSpec, OptSpec, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "files",
    args: &[ArgSpec {
        name: "glob",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[OptSpec {
        name: "unfinished_after",
        values: &[Ty::Duration],
        ..OptSpec::BASE
    }],
    ..OpSpec::SOURCE
};

pub(crate) static EMIT: Emit = Emit::SOURCE;
