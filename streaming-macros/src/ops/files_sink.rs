//! `files`: writes files into a directory.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::fused::{Fused, Here, look_at_record};
use crate::graph::{NodeId, Output, Port};
use crate::plan;
use crate::spec::{ArgSpec, Count, Holds, Kind, OpSpec, OptSpec, Part, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "files",
    args: &[ArgSpec {
        name: "dir",
        ty: Ty::Expr,
        count: Count::One,
    }],
    options: &[
        OptSpec {
            name: "jsonl",
            format: true,
            ..OptSpec::BASE
        },
        OptSpec {
            name: "csv",
            format: true,
            ..OptSpec::BASE
        },
        OptSpec::NON_FINITE,
        OptSpec::ON_ERROR,
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
    append_only: true,
    needs_format: true,
    ..OpSpec::SINK
};

pub(crate) static EMIT: Emit = Emit {
    record: emit,
    options: columns,
    ..Emit::SINK
};

/// The names of a tuple's elements, for the header of a file: known where an aggregate made the tuple, and nothing has changed it.
fn columns(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    if node.option("csv").is_none() || node.option("columns").is_some() {
        return TokenStream::new();
    }
    let [input] = node.inputs[..] else {
        return TokenStream::new();
    };
    let Some(aggregate) = maker(cx, input) else {
        return TokenStream::new();
    };
    let Some(result) = cx.node(aggregate).spec.result else {
        return TokenStream::new();
    };
    if plan::is_windowed(cx.graph, aggregate) {
        quote!(.columns(["key", "window", #result]))
    } else {
        quote!(.columns(["key", #result]))
    }
}

/// The aggregate that made the records of a stream, where they are still as it made them.
fn maker(cx: &Cx<'_>, port: Port) -> Option<NodeId> {
    let node = cx.node(port.node);
    match node.spec.kind {
        Kind::Reduce => (port.output == Output::Main).then_some(port.node),
        Kind::Record | Kind::Parts | Kind::Time if node.spec.holds == Holds::Looks => match node.inputs[..] {
            [input] => maker(cx, input),
            _ => None,
        },
        _ => None,
    }
}

/// Encodes the record; the sink keeps bytes.
fn emit(fused: &mut Fused<'_>, id: NodeId, here: Here) -> TokenStream {
    let name = fused.node(id).name.clone();
    fused.put(id, &name, &look_at_record(&name), here)
}
