//! SP0106: what `#[was]` and `#[reset]` say can be.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{Graph, Marked, Node};
use crate::spec::Kind;

/// An old name is that of one stream, which is no longer there, and of which a checkpoint keeps something.
pub(super) fn check_names(graph: &Graph, diagnostics: &mut Diagnostics) {
    let mut old: Vec<String> = Vec::new();
    for marked in &graph.marked {
        let keeps = kept_of(graph, marked, |node| is_kept(graph, node));
        for was in &marked.marks.was {
            let (name, text) = (marked.name.to_string(), was.value());
            let still = graph.streams.iter().any(|stream| stream.name == text);
            if still {
                diagnostics.push(catalogue::was_is_there(was.span(), &text));
            } else if old.contains(&text) {
                diagnostics.push(catalogue::was_twice(was.span(), &text));
            } else if !keeps {
                diagnostics.push(catalogue::was_of_nothing(was.span(), &name));
            }
            old.push(text);
        }
    }
}

/// What begins anew has state.
pub(super) fn check_resets(graph: &Graph, diagnostics: &mut Diagnostics) {
    for marked in &graph.marked {
        if let Some(reset) = &marked.marks.reset {
            let text = reset.value();
            if text.trim().is_empty() {
                diagnostics.push(catalogue::reset_without_a_word(reset.span()));
            } else if !kept_of(graph, marked, |node| is_stateful(graph, node)) {
                diagnostics.push(catalogue::reset_of_nothing(reset.span(), &marked.name.to_string()));
            }
        }
    }
}

/// Whether one of the operators that are called after the stream is such a one.
fn kept_of(graph: &Graph, marked: &Marked, is: impl Fn(&Node) -> bool) -> bool {
    let mut own = graph.nodes.iter().filter(|node| marked.rest(&node.id).is_some());
    own.any(|node| node.facts.poisoned || is(node))
}

fn is_kept(graph: &Graph, node: &Node) -> bool {
    matches!(node.spec.kind, Kind::Source | Kind::Time | Kind::Sink | Kind::End) || is_stateful(graph, node)
}

fn is_stateful(graph: &Graph, node: &Node) -> bool {
    let scoped = |input: &crate::graph::Port| graph.nodes[input.node.0].spec.state.is_some();
    node.spec.kind.is_keyed() && (node.spec.state.is_some() || node.inputs.iter().any(scoped))
}
