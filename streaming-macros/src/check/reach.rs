//! SP0102: everything reaches a sink.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::Graph;
use crate::spec::Kind;

/// Every stream is read, except those whose name says that they are not.
pub(super) fn check_streams(graph: &Graph, diagnostics: &mut Diagnostics) {
    for stream in graph.streams.iter().filter(|stream| !stream.used) {
        let name = stream.name.to_string();
        let poisoned = graph.facts(stream.port).poisoned;
        if !poisoned && !name.starts_with('_') {
            diagnostics.push(catalogue::unread(&stream.name, &name));
        }
    }
}

/// A pipeline has a source and a sink; after any other mistake we cannot know what was meant to be one.
pub(super) fn check_ends(graph: &Graph, diagnostics: &mut Diagnostics) {
    if !diagnostics.read().is_empty() {
        return;
    }
    let has = |fits: fn(Kind) -> bool| graph.nodes.iter().any(|node| fits(node.spec.kind));
    if !has(|kind| kind == Kind::Source) {
        diagnostics.push(match graph.hidden.first() {
            Some(name) => catalogue::hidden_source(name, &name.to_string()),
            None => catalogue::no_source(graph.span),
        });
    } else if !has(Kind::is_sink) {
        diagnostics.push(catalogue::no_sink(graph.span));
    }
}
