//! What the stages share: sources, clocks, windows, exchanges, rows and sinks, each bound to a name.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::cx::Cx;
use super::names::{self, of_node, own};
use super::values::pairs;
use crate::graph::{ArgValue, Inherited, NodeId};
use crate::spec::Kind;

/// The bindings, in order of nodes.
pub(super) fn emit(cx: &Cx<'_>) -> TokenStream {
    let mut code = brokers(cx);
    for at in 0..cx.graph.nodes.len() {
        let id = NodeId(at);
        code.extend((cx.code(id).shared)(cx, id));
    }
    code
}

/// The brokers of the settings, where any source or sink inherits them.
fn brokers(cx: &Cx<'_>) -> TokenStream {
    match &cx.graph.settings.brokers {
        Some(tokens) => {
            let name = if inherits(cx, Inherited::Setting) {
                own("brokers")
            } else {
                own("_brokers")
            };
            quote!(let #name = #tokens;)
        }
        None => TokenStream::new(),
    }
}

pub(super) fn inherits(cx: &Cx<'_>, from: Inherited) -> bool {
    let values = cx
        .graph
        .nodes
        .iter()
        .flat_map(|node| &node.options)
        .flat_map(|option| &option.values);
    values
        .into_iter()
        .any(|value| matches!(value, ArgValue::Inherited(other) if *other == from))
}

/// The source of a stage: its own, or `$crate::source::merge(a, merge(b, c))`.
pub(super) fn source(sources: &[NodeId]) -> TokenStream {
    match sources {
        [] => TokenStream::new(),
        [source] => {
            let name = of_node('i', *source);
            quote!(#name)
        }
        [first, others @ ..] => {
            let (first, others) = (of_node('i', *first), source(others));
            let merge = own(names::SOURCE);
            quote!(#merge::merge(#first, #others))
        }
    }
}

/// All sinks as pairs.
pub(super) fn sinks(cx: &Cx<'_>) -> TokenStream {
    let sinks = cx.graph.nodes.iter().enumerate();
    let sinks = sinks.filter(|(_, node)| node.spec.kind.is_sink());
    pairs(sinks.map(|(at, _)| {
        let name = of_node('k', NodeId(at));
        quote!(#name)
    }))
}

/// `(stage, clock)`, separated by commas.
pub(super) fn clocks(cx: &Cx<'_>) -> TokenStream {
    let clocks = cx
        .graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.spec.kind == Kind::Time);
    clocks
        .map(|(at, _)| {
            let (stage, name) = (
                Literal::usize_unsuffixed(cx.plan.stage_of[at]),
                of_node('c', NodeId(at)),
            );
            quote!((#stage, #name),)
        })
        .collect()
}
