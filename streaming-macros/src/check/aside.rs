//! SP0104: where records go that cannot be worked on or written.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{ArgValue, Graph, Node, NodeId, OnPanic, Output, Port};
use crate::spec::Kind;

/// With `on_panic = dead_letter` every record of a source comes by a decoder that has somewhere to send what it cannot decode.
pub(super) fn check_dead_letters(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    if graph.settings.on_panic() != OnPanic::DeadLetter {
        return;
    }
    let reads_source = |input: &Port| graph.nodes[input.node.0].spec.kind == Kind::Source;
    if node.spec.kind != Kind::Decode {
        if node.inputs.iter().any(reads_source) {
            let message = format!(
                "`{}` reads records without a decoder, so that `on_panic = dead_letter` has no bytes to write",
                node.spec.name
            );
            let help = "use `on_panic = skip`, or decode first: `.lines()`, `.json::<T>()` or `.csv::<T>()`";
            diagnostics.push(catalogue::misfit(&node.name, message, help));
        }
        return;
    }
    let errors = |id: usize| Port {
        node: NodeId(id),
        output: Output::Errors,
    };
    let place = graph.nodes.iter().position(|other| std::ptr::eq(other, node));
    let is_read = |id: usize| graph.nodes.iter().any(|other| other.inputs.contains(&errors(id)));
    if place.is_some_and(|id| !is_read(id)) {
        let message = format!(
            "`on_panic = dead_letter` sends records to where `{}` sends what it cannot decode, and that is nowhere",
            node.spec.name
        );
        let help = "add `.on_error(dead_letter(files(dir).jsonl()))` behind it, or read its `.errors()`";
        diagnostics.push(catalogue::misfit(&node.name, message, help));
    }
}

/// A record that a sink refuses is kept as JSON, so that the sink must take records that have such a form.
pub(super) fn check_refused(node: &Node, diagnostics: &mut Diagnostics) {
    let Some(option) = node.option("on_error") else { return };
    let has_format = node.spec.needs_format || node.options.iter().any(|option| option.spec == "json");
    if node.spec.kind == Kind::Sink && !has_format && matches!(option.values[..], [ArgValue::DeadLetter(..)]) {
        let message = format!(
            "`{}` without `.json()` takes text and bytes, which no dead letter can hold",
            node.spec.name
        );
        diagnostics.push(catalogue::misfit(
            &option.name,
            message,
            "add `.json()`, or use `on_error(skip)`",
        ));
    }
}
