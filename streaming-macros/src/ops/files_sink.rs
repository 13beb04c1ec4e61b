//! `files`: writes files into a directory.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::cx::Cx;
use crate::expand::fused::{Fused, look_at_record};
use crate::expand::names;
use crate::graph::{NodeId, Output, Scope, StreamKind};
use crate::ops::{ArgSpec, Count, Gives, Kind, OpKind, OpSpec, OptSpec, Part, Takes, Ty};
use crate::plan;

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
        NON_FINITE,
        OptSpec {
            name: "columns",
            values: &[Ty::Expr],
            needs: &["csv"],
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

/// What JSON sinks make of numbers that JSON does not have.
pub(super) const NON_FINITE: OptSpec = OptSpec {
    name: "non_finite",
    values: &[Ty::Words(&["fail", "null", "text"], &[])],
    needs: &["json", "jsonl"],
    ..OptSpec::BASE
};

/// The names of a tuple's elements, for the header of a file: known where an aggregate made the tuple, and nothing has changed it.
pub(crate) fn columns(cx: &Cx<'_>, id: NodeId) -> Option<TokenStream> {
    let node = cx.node(id);
    if node.option("csv").is_none() || node.option("columns").is_some() {
        return None;
    }
    let mut port = *node.inputs.first()?;
    let reduce = loop {
        let before = cx.node(port.node);
        match before.spec.kind {
            Kind::Reduce if port.output == Output::Main => break port.node,
            // Those that leave the record as it is.
            Kind::Parts | Kind::Time => port = *before.inputs.first()?,
            Kind::Record if matches!(before.spec.op, OpKind::Filter | OpKind::Inspect) => {
                port = *before.inputs.first()?;
            }
            _ => return None,
        }
    };
    let name = match cx.node(reduce).spec.op {
        OpKind::Agg => return None,
        OpKind::Count => "count",
        OpKind::Sum => "sum",
        _ => "value",
    };
    let names = if plan::scope_of(cx.graph, reduce) == Some(Scope::Window) {
        quote!(["key", "window", #name])
    } else {
        quote!(["key", #name])
    };
    Some(quote!(.columns(#names)))
}

/// Encodes the record; the sink keeps bytes.
pub(crate) fn emit(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let name = &fused.node(id).name;
    names::put(id, name, &look_at_record(name))
}
