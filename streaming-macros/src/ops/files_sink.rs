//! `files`: writes files into a directory.

use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "files",
    op: OpKind::FilesSink,
    kind: Kind::Sink,
    summary: "Writes files into a directory.",
    args: &[ArgSpec {
        name: "dir",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[
        OptSpec {
            name: "jsonl",
            values: &[],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "csv",
            values: &[],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    append_only: true,
    one_of: &["jsonl", "csv"],
    ..OpSpec::BASE
};
