//! SP0105 and SP0106: state is bounded, and has a name under which it is found again.

use super::options::has_misspelled;
use crate::diag::{Diagnostics, catalogue};
use crate::graph::{ArgValue, Graph, Node};
use crate::spec::{Bounds, OptSpec};

/// State that outlives a batch is bounded by an option, or declared `unbounded`; not both.
pub(super) fn check_bounded(node: &Node, diagnostics: &mut Diagnostics) {
    let Some(Bounds::Option(bound)) = node.spec.state else {
        return;
    };
    // A misspelled option has been reported, and was most likely meant as the bound.
    let declared = !node.args.is_empty();
    match node.option(bound) {
        None if declared || has_misspelled(node) => {}
        None => {
            let option = node.spec.option(bound).filter(|_| node.spec.kind.has_modifiers());
            let call = option.map(OptSpec::form);
            diagnostics.push(catalogue::unbounded(&node.name, node.spec.name, bound, call.as_deref()));
        }
        Some(option) if declared => diagnostics.push(catalogue::exclusive(&option.name, bound, "unbounded")),
        Some(_) => {}
    }
}

/// What takes one record at a time cannot merge what windows that overlap, or grow together, have of a key.
pub(super) fn check_merges(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    if !node.spec.one_by_one {
        return;
    }
    let scopes = node.inputs.iter().map(|input| &graph.nodes[input.node.0]);
    for arg in scopes.flat_map(|scope| &scope.args) {
        if let ArgValue::Window(window) = arg
            && window.shape.merges
        {
            diagnostics.push(catalogue::fold_cannot_merge(
                &node.name,
                node.spec.name,
                window.shape.name,
            ));
        }
    }
}

/// What keeps state, or aggregates over a scope that does, is bound with `let`.
pub(super) fn check_named(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let scoped = |input: &crate::graph::Port| graph.nodes[input.node.0].spec.state.is_some();
    let keeps = node.spec.state.is_some() || node.inputs.iter().any(scoped);
    if node.spec.kind.is_keyed() && !node.named && keeps {
        diagnostics.push(catalogue::unnamed_state(&node.name, node.spec.name));
    }
}
