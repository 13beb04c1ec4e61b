//! `csv`: reads raw bytes as CSV.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand::cx::Cx;
use crate::expand::decode::{self, Rows};
use crate::expand::emit::{Decode, Emit};
use crate::expand::fused::Fused;
use crate::expand::names::{self, of_node, own};
use crate::expand::{source, values};
use crate::graph::{NodeId, Opt};
use crate::spec::{Cut, OpSpec, OptSpec, Ty};

/// `true` or `false`.
const SWITCH: &[Ty] = &[Ty::Words(&["true", "false"], &[])];

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "csv",
    options: &[
        OptSpec {
            name: "header",
            values: SWITCH,
            cuts: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "delimiter",
            values: &[Ty::Expr],
            cuts: true,
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
            cuts: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "trim",
            values: SWITCH,
            cuts: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "flexible",
            values: SWITCH,
            ..OptSpec::BASE
        },
        OptSpec::MAX_RECORD,
        OptSpec::ON_ERROR,
    ],
    cut: Cut::Rows,
    ..OpSpec::DECODE
};

pub(crate) static EMIT: Emit = Emit {
    decode: Decode {
        prepare: options,
        framing: |id| {
            let options = of_node('o', id);
            decode::framing("csv", &quote!(#options))
        },
        rows: Some(rows),
    },
    ..Emit::BASE
};

/// `let o3 = CsvOptions::new().header(false);`: read by the source, which cuts rows, and by the loop.
fn options(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (module, name, node) = (own(names::OP), of_node('o', id), cx.node(id));
    let elsewhere = |option: &&Opt| matches!(option.spec, "on_error" | "max_record" | "");
    let options = node.options.iter().filter(|option| !elsewhere(option));
    let calls: TokenStream = options.map(values::method).collect();
    quote!(let #name = #module::CsvOptions::new() #calls;)
}

/// Rows are cut by the reader, which lends each to the decode.
fn rows(fused: &Fused<'_>, id: NodeId, parts: &Rows) -> TokenStream {
    let node = fused.node(id);
    let turbofish = &node.turbofish;
    let (rows, row, chunk, options) = (own("rows"), own("row"), own("chunk"), of_node('o', id));
    let Rows {
        label,
        meta,
        payload,
        head,
        arms,
        end,
    } = parts;
    let (module, user_module) = (own(names::OP), names::user(names::OP, &node.name));
    let new = names::call(names::OP, &node.name, &quote!(#chunk, #options));
    let decode = names::apply(
        &quote_spanned!(node.name.span()=> #user_module::CsvRows::decode #turbofish),
        node.name.span(),
        names::shown(quote!(&#rows), node.name.span()),
    );
    let decode = source::passes(fused, decode);
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
