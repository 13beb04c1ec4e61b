//! `csv`: reads raw bytes as CSV.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::decode::Bound;
use crate::expand::cx::Cx;
use crate::expand::fused::Fused;
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::{NodeId, StreamKind};
use crate::ops::{Gives, Kind, OpKind, OpSpec, OptSpec, Takes, Ty};

pub(crate) const SPEC: OpSpec = OpSpec {
    name: "csv",
    op: OpKind::Csv,
    kind: Kind::Decode,
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
    let (module, name, node) = (own(names::OP), of_node('o', id), cx.node(id));
    let fields: TokenStream = ["header", "delimiter"]
        .iter()
        .filter_map(|field| node.option(field))
        .map(|option| {
            let (field, value) = (&option.name, values::of(&option.values[0]));
            quote!(#field: #value,)
        })
        .collect();
    // Clippy minds a base that gives nothing.
    let all = node.option("header").is_some() && node.option("delimiter").is_some();
    let base = (!all).then(|| quote!(..::core::default::Default::default()));
    quote!(let #name = #module::CsvOptions { #fields #base };)
}

/// How the source cuts its bytes for this decode.
pub(crate) fn framing(id: NodeId) -> TokenStream {
    let (module, options) = (own(names::SOURCE), of_node('o', id));
    quote!(#module::Framing::Csv { header: #options.header, delimiter: #options.delimiter })
}

/// Rows are cut by the reader, which lends each to the decode.
pub(super) fn emit_loop(
    fused: &Fused<'_>,
    id: NodeId,
    bound: &Bound,
    head: &TokenStream,
    arms: &TokenStream,
    end: &TokenStream,
) -> TokenStream {
    let node = fused.node(id);
    let turbofish = &node.turbofish;
    let (rows, row, chunk, options) = (own("rows"), own("row"), own("chunk"), of_node('o', id));
    let (meta, payload) = (&bound.meta, &bound.payload);
    let new = names::call(names::OP, &node.name, &quote!(#chunk, #options));
    let decode = names::apply(
        &quote_spanned!(node.name.span()=> decode #turbofish),
        node.name.span(),
        TokenStream::new(),
    );
    let label = bound.label.as_ref().map(|label| quote!(#label:));
    quote! {
        let mut #rows = #new;
        #label while let ::core::option::Option::Some((#row, #meta)) = #rows.advance() {
            #head
            let #payload = #rows.payload();
            match #rows.#decode { #arms }
            #end
        }
    }
}
