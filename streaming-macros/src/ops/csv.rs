//! `csv`: reads raw bytes as CSV.

use crate::graph::StreamKind;
use crate::ops::{Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "csv",
    op: OpKind::Csv,
    kind: Kind::Decode,
    summary: "Reads raw bytes as CSV.",
    options: &[
        OptSpec {
            name: "header",
            values: &[Ty::Words(&["true", "false"], &[])],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "delimiter",
            values: &[Ty::Expr],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "on_error",
            values: &[Ty::OnError],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Raw,
    gives: Gives::Kind(StreamKind::Records),
    ..OpSpec::BASE
};
