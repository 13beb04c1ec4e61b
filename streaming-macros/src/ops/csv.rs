//! `csv`: reads raw bytes as CSV.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::decode::{Bound, MAX_RECORD};
use crate::expand::cx::Cx;
use crate::expand::fused::Fused;
use crate::expand::names::{self, of_node, own};
use crate::expand::values;
use crate::graph::{NodeId, Opt, StreamKind};
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
            name: "null",
            values: &[Ty::Expr],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "comment",
            values: &[Ty::Expr],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "trim",
            values: &[Ty::Words(&["true", "false"], &[])],
            ..OptSpec::BASE
        },
        OptSpec {
            name: "flexible",
            values: &[Ty::Words(&["true", "false"], &[])],
            ..OptSpec::BASE
        },
        MAX_RECORD,
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

/// `let o3 = CsvOptions::new().header(false);`: read by the source, which cuts rows, and by the loop.
pub(crate) fn options(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (module, name, node) = (own(names::OP), of_node('o', id), cx.node(id));
    let elsewhere = |option: &&Opt| matches!(option.spec, "on_error" | "max_record" | "");
    let options = node.options.iter().filter(|option| !elsewhere(option));
    let calls: TokenStream = options.map(values::method).collect();
    quote!(let #name = #module::CsvOptions::new() #calls;)
}

/// How the source cuts its bytes for this decode.
pub(super) fn framing(id: NodeId) -> TokenStream {
    let (module, options) = (own(names::SOURCE), of_node('o', id));
    quote!(#module::Framing::csv(#options))
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
    let (module, user_module) = (own(names::OP), names::user(names::OP, &node.name));
    let new = names::call(names::OP, &node.name, &quote!(#chunk, #options));
    let decode = names::apply(
        &quote_spanned!(node.name.span()=> #user_module::CsvRows::decode #turbofish),
        node.name.span(),
        names::shown(quote!(&#rows), node.name.span()),
    );
    let label = bound.label.as_ref().map(|label| quote!(#label:));
    quote! {
        let mut #rows = #new;
        #label while let ::core::option::Option::Some((#row, #meta)) = #module::CsvRows::advance(&mut #rows) {
            #head
            let #payload = #module::CsvRows::payload(&#rows);
            match #decode { #arms }
            #end
        }
    }
}
