//! SP0107: every part can do what the pipeline promises.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{Graph, Node};
use crate::spec::Kind;

/// With `guarantee = exactly_once` every source can be read again, and every sink knows what it has written. Those of the user's are
/// judged by their types.
pub(super) fn check_exact(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    if !graph.settings.exactly_once() {
        return;
    }
    if let Some(why) = node.spec.inexact {
        let instead = match node.spec.kind {
            Kind::Source => "`kafka(…)` or `files(…)`",
            _ => "`to(kafka(…))` or `to(files(…))`",
        };
        diagnostics.push(catalogue::inexact(&node.name, node.spec.name, why, instead));
    }
}
