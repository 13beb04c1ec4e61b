//! The rules. Each is one small function under one sentence, and reads facts of the table, never an operator's name.

mod agg;
mod aside;
mod decodes;
mod guarantee;
mod kinds;
mod marks;
mod offers;
mod options;
mod reach;
mod state;
mod time;

#[cfg(test)]
mod tests;

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{Graph, Node};

/// Checks every rule on the whole graph.
pub(crate) fn all(graph: &Graph, diagnostics: &mut Diagnostics) {
    for node in &graph.nodes {
        if is_poisoned_from_above(graph, node) {
            continue;
        }
        kinds::check_kind(graph, node, diagnostics);
        kinds::check_updates(graph, node, diagnostics);
        time::check_event_time(graph, node, diagnostics);
        time::check_meta(graph, node, diagnostics);
        agg::check_window_bounds(graph, node, diagnostics);
        offers::check_offers(graph, node, diagnostics);
    }
    for node in &graph.nodes {
        state::check_bounded(node, diagnostics);
        state::check_named(graph, node, diagnostics);
        state::check_merges(graph, node, diagnostics);
        guarantee::check_exact(graph, node, diagnostics);
        options::check_required(node, diagnostics);
        options::check_types(node, diagnostics);
        options::check_formats(node, diagnostics);
        options::check_needs(node, diagnostics);
        decodes::check_values(node, diagnostics);
        decodes::check_messages(graph, node, diagnostics);
        aside::check_dead_letters(graph, node, diagnostics);
        aside::check_refused(node, diagnostics);
    }
    decodes::check_cuts(graph, diagnostics);
    marks::check_names(graph, diagnostics);
    marks::check_resets(graph, diagnostics);
    reach::check_streams(graph, diagnostics);
    reach::check_ends(graph, diagnostics);
}

/// Checks that the runtime was built with all that the pipeline uses. Only for a pipeline that is sound: what is missing in
/// `Cargo.toml` can wait until the rest is right.
pub(crate) fn features(graph: &Graph, enabled: &[&str], diagnostics: &mut Diagnostics) {
    let missing = graph
        .nodes
        .iter()
        .find_map(|node| Some((node, node.spec.feature.filter(|feature| !enabled.contains(feature))?)));
    if let Some((node, feature)) = missing {
        diagnostics.push(catalogue::missing_feature(&node.name, node.spec.name, feature));
    }
}

/// A mistake above has been reported; what it does to this node is not another one.
fn is_poisoned_from_above(graph: &Graph, node: &Node) -> bool {
    node.inputs.iter().any(|input| graph.facts(*input).poisoned)
}
