//! `files`: writes files into a directory.

use proc_macro2::TokenStream;

use crate::expand::fused::{Fused, look_at_record};
use crate::expand::names;
use crate::graph::NodeId;
use crate::graph::StreamKind;
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Part, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "files",
    op: OpKind::FilesSink,
    kind: Kind::Sink,
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
        OptSpec {
            name: "roll",
            parts: &[
                Part {
                    name: "size",
                    option: OptSpec {
                        name: "roll_size",
                        values: &[Ty::Size],
                        ..OptSpec::BASE
                    },
                },
                Part {
                    name: "every",
                    option: OptSpec {
                        name: "roll_every",
                        values: &[Ty::Duration],
                        ..OptSpec::BASE
                    },
                },
            ],
            ..OptSpec::BASE
        },
    ],
    takes: Takes::Records,
    gives: Gives::Kind(StreamKind::End),
    append_only: true,
    one_of: &["jsonl", "csv"],
    ..OpSpec::BASE
};

/// Encodes the record; the sink keeps bytes.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let name = &fused.node(id).name;
    names::put(id, name, &look_at_record(name))
}
