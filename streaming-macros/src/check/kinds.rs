//! SP0104 and SP0113: operators on streams that they fit.

use crate::diag::{Diagnostic, Diagnostics, catalogue};
use crate::graph::{Graph, Node, Output, Port, fits};
use crate::spec::{Gives, Kind, Scope, StreamKind, Takes};

/// An operator stands behind a stream of the kind that it takes.
pub(super) fn check_kind(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let misfit = node
        .inputs
        .iter()
        .find(|input| !fits(node.spec.takes, graph.facts(**input).kind));
    if let Some(input) = misfit {
        let kind = graph.facts(*input).kind;
        diagnostics.push(misfit_of(node, kind, &graph.nodes[input.node.0]));
        return;
    }
    let not_late = |input: &Port| input.output != Output::Late && !super::time::is_aggregated(graph, *input);
    match node.spec.takes {
        Takes::Decoded if node.inputs.iter().any(|input| input.output != Output::Errors) => {
            diagnostics.push(without_decode(node));
        }
        Takes::Windowed if node.inputs.iter().any(|input| is_joined(graph, *input)) => {
            diagnostics.push(catalogue::late_of_a_join(&node.name, node.spec.name));
        }
        Takes::Windowed if node.inputs.iter().any(not_late) => diagnostics.push(without_aggregate(node)),
        _ => {}
    }
}

/// A join stands above, as far up as there is one input only.
fn is_joined(graph: &Graph, port: Port) -> bool {
    let node = &graph.nodes[port.node.0];
    if port.output == Output::Late {
        return false;
    }
    node.spec.kind == Kind::Join || matches!(node.inputs.as_slice(), [input] if is_joined(graph, *input))
}

/// A sink that can only append does not stand behind a stream that updates.
pub(super) fn check_updates(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    if node.spec.append_only && node.inputs.iter().any(|input| graph.facts(*input).updating) {
        diagnostics.push(catalogue::append_only(&node.name, node.spec.name));
    }
}

fn without_decode(node: &Node) -> Diagnostic {
    let name = node.spec.name;
    catalogue::misfit(
        &node.name,
        format!("`{name}` needs a decode, and there is none before it"),
        "decode the source first: `.lines()`, `.json::<T>()` or `.csv::<T>()`",
    )
}

fn without_aggregate(node: &Node) -> Diagnostic {
    let name = node.spec.name;
    catalogue::misfit(
        &node.name,
        format!("`{name}` needs a windowed aggregate, and there is none before it"),
        "write it behind the stream that a `.window(…)` aggregate was bound to",
    )
}

/// What does not fit, and how to make it fit.
fn misfit_of(node: &Node, kind: StreamKind, before: &Node) -> Diagnostic {
    let name = node.spec.name;
    let (message, help) = match (node.spec.takes, kind) {
        (_, StreamKind::End) => (
            format!("`{name}` cannot stand behind a sink"),
            "a sink ends its chain: bind the stream with `let`, and begin a new statement with its name",
        ),
        (_, StreamKind::Parts(_)) => {
            let parts = before.spec.name;
            (
                format!("`{name}` cannot stand directly behind `{parts}`, which gives several streams"),
                "bind them first: `let (a, b) = …;`",
            )
        }
        (Takes::Raw, _) => (
            format!("`{name}` decodes raw input, and this stream is not raw any more"),
            "put it directly behind the source",
        ),
        (Takes::ByHand, StreamKind::Keyed) => (
            format!("`{name}` has no state"),
            "put `.state::<S>(ttl = 1h)` before it, where `S` is what you keep for a key",
        ),
        (Takes::ByHand, StreamKind::Scoped(_)) => (
            format!("`{name}` needs `.state::<S>(…)` before it, and no other scope"),
            "put `.state::<S>(ttl = 1h)` in place of that scope, or aggregate: `.agg(…)`, `.fold(…)`",
        ),
        (Takes::ByHand, _) => (
            format!("`{name}` needs a key and a state"),
            "put `.key_by(…).state::<S>(ttl = 1h)` before it, where `S` is what you keep for a key",
        ),
        (_, StreamKind::Scoped(Scope::ByHand)) => (
            format!("`{name}` cannot stand behind `state`"),
            "say what becomes of the records: `.on_event(|state, event, cx| …)`; or aggregate over `.running(ttl = 1h)`",
        ),
        (Takes::Scoped, StreamKind::Keyed) => (
            format!("`{name}` has no scope: over what does it aggregate?"),
            "put `.batch()`, `.window(tumbling(1min))` or `.running(ttl = 1h)` before it",
        ),
        (Takes::Scoped, _) => (
            format!("`{name}` needs a key and a scope"),
            "put `.key_by(…).batch()`, or `.key_by(…)` and another scope, before it",
        ),
        (Takes::Keyed, StreamKind::Scoped(_)) => (
            format!("`{name}` is a second scope on the same stream"),
            "keep one scope, and aggregate behind it",
        ),
        (Takes::Keyed, _) => (format!("`{name}` needs a key"), "put `.key_by(…)` before it"),
        (_, StreamKind::Keyed) if node.spec.gives == Gives::Kind(StreamKind::Keyed) => (
            format!("`{name}` stands twice"),
            "remove one, or take both keys at once: `.key_by(|record| (…, …))`",
        ),
        (_, StreamKind::Scoped(_)) => (
            format!("`{name}` cannot stand between a scope and its aggregate"),
            "aggregate first: `.agg(…)`, `.count()`, `.sum(…)`, `.reduce(…)` or `.fold(…)`",
        ),
        _ => (
            format!("`{name}` does not work on a keyed stream"),
            "put it before `.key_by(…)`, or aggregate first: `.batch().count()`",
        ),
    };
    catalogue::misfit(&node.name, message, help)
}
