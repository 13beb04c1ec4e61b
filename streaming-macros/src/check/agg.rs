//! SP0104 inside `agg(…)`.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{ArgValue, Graph, Node, Port};
use crate::spec::{Scope, StreamKind};

/// The bounds of a window are only known inside one.
pub(super) fn check_window_bounds(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let plain = |input: &Port| graph.facts(*input).kind == StreamKind::Scoped(Scope::Plain);
    if !node.inputs.iter().any(plain) {
        return;
    }
    for arg in &node.args {
        let ArgValue::Aggregation(aggregation) = arg else {
            continue;
        };
        for name in aggregation.window_bounds() {
            diagnostics.push(catalogue::no_window(name, &name.to_string()));
        }
    }
}
