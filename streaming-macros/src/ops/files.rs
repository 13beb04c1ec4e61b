//! `files`: reads every file that a glob matches.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "files",
    op: OpKind::FilesSource,
    kind: Kind::Source,
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
    takes: Takes::Nothing,
    gives: Gives::Kind(StreamKind::Raw),
    ..OpSpec::BASE
};
