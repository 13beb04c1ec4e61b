//! `csv`: reads raw bytes as CSV.

use proc_macro2::TokenStream;
use quote::quote;

use super::decode::Bound;
use crate::expand::cx::Cx;
use crate::expand::fused::Fused;
use crate::expand::names::{of_node, own};
use crate::graph::{NodeId, StreamKind};
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

/// `let o3 = CsvOptions { … };`: read by the source, which cuts rows, and by the loop.
pub(crate) fn options(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (krate, name, node) = (cx.krate, of_node('o', id), cx.node(id));
    let fields: TokenStream = ["header", "delimiter"]
        .iter()
        .filter_map(|field| node.option(field))
        .map(|option| {
            let (field, value) = (&option.name, cx.value(&option.values[0]));
            quote!(#field: #value,)
        })
        .collect();
    quote!(let #name = #krate::op::CsvOptions { #fields ..::core::default::Default::default() };)
}

/// How the source cuts its bytes for this decode.
pub(crate) fn framing(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (krate, options) = (cx.krate, of_node('o', id));
    quote!(#krate::source::Framing::Csv { header: #options.header, delimiter: #options.delimiter })
}

/// Rows are cut by the reader, which lends each to the decode.
pub(super) fn emit_loop(
    fused: &Fused<'_>,
    id: NodeId,
    bound: &Bound,
    head: &TokenStream,
    arms: &TokenStream,
) -> TokenStream {
    let node = fused.node(id);
    let (op, turbofish) = (fused.cx.op(&node.name), &node.turbofish);
    let (rows, row, chunk, options) = (own("rows"), own("row"), own("chunk"), of_node('o', id));
    let (meta, payload) = (&bound.meta, &bound.payload);
    let label = bound.label.as_ref().map(|label| quote!(#label:));
    quote! {
        let mut #rows = #op(#chunk, #options);
        #label while let ::core::option::Option::Some((#row, #meta)) = #rows.advance() {
            #head
            let #payload = #rows.payload();
            match #rows.decode #turbofish() { #arms }
        }
    }
}
