//! SP0103: what needs event time, and what needs the meta of the source record.

use proc_macro2::Ident;

use crate::diag::{Diagnostic, Diagnostics, catalogue};
use crate::graph::{ArgValue, EventTime, Graph, Node, Output, Port};
use crate::spec::{Kind, Takes, TimeEffect};

/// What needs event time has it on every input; what needs windows stands behind some.
pub(super) fn check_event_time(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let name = node.spec.name;
    for (at, input) in node.inputs.iter().enumerate() {
        if node.spec.takes == Takes::Windowed && input.output != Output::Late && is_aggregated(graph, *input) {
            diagnostics.push(catalogue::late_without_window(&node.name, name));
        }
        if !node.spec.needs_event_time || !crate::graph::fits(node.spec.takes, graph.facts(*input).kind) {
            continue;
        }
        let side = node.streams.get(at).map(|side| &side.head);
        if let Some(mistake) = without_event_time(graph, *input, &node.name, name, side) {
            diagnostics.push(mistake);
        }
    }
}

/// What to say where a stream has no event time, and that name needs it; `side` is the stream as the user named it, where there are several.
pub(super) fn without_event_time(
    graph: &Graph,
    input: Port,
    span: &Ident,
    name: &str,
    side: Option<&Ident>,
) -> Option<Diagnostic> {
    match graph.facts(input).event_time {
        EventTime::Yes => None,
        EventTime::No => Some(match (dropped_by(graph, input), side) {
            (Some(culprit), _) => catalogue::lost_event_time(span, name, culprit),
            (None, Some(side)) => catalogue::side_needs_event_time(side, name, &side.to_string()),
            (None, None) => catalogue::needs_event_time(span, name),
        }),
        EventTime::Mixed => Some(catalogue::mixed_event_time(span, name)),
    }
}

/// Which operator above ends the event time that its own input still had.
fn dropped_by(graph: &Graph, port: Port) -> Option<&'static str> {
    let node = &graph.nodes[port.node.0];
    let [input] = node.inputs.as_slice() else { return None };
    let had = graph.facts(*input).event_time == EventTime::Yes;
    if had && node.spec.event_time == TimeEffect::Drops {
        return Some(node.spec.name);
    }
    dropped_by(graph, *input)
}

/// Some aggregate stands above, as far up as there is one input only.
pub(super) fn is_aggregated(graph: &Graph, port: Port) -> bool {
    let node = &graph.nodes[port.node.0];
    if node.spec.kind == Kind::Reduce {
        return true;
    }
    matches!(node.inputs.as_slice(), [input] if is_aggregated(graph, *input))
}

/// A closure with a second parameter stands where the meta of the source record is still at hand.
pub(super) fn check_meta(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    if node.inputs.iter().all(|input| graph.facts(*input).meta) {
        return;
    }
    for (at, arg) in node.args.iter().enumerate() {
        let takes_meta = node
            .spec
            .arg(at)
            .is_some_and(|spec| matches!(spec.ty, crate::spec::Ty::RecordFn));
        if let (
            true,
            ArgValue::Function {
                tokens,
                params: Some(2),
            },
        ) = (takes_meta, arg)
        {
            let span = crate::diag::SpanRange::of(tokens).unwrap_or((&node.name).into());
            diagnostics.push(catalogue::meta_gone(span, node.spec.name));
        }
    }
}
