//! `files`: writes files into a directory.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::fused::{Fused, quote_record};
use crate::expand::names::{of_node, own};
use crate::graph::NodeId;
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

/// Encodes the record; the sink keeps bytes.
pub(crate) fn emit(_: &Fused<'_>, id: NodeId) -> TokenStream {
    let (sink, record, task) = (of_node('k', id), quote_record(), own("task"));
    quote!(#sink.put(&#record, #task);)
}
