//! SP0110 where an option is missing.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::Node;

/// Required options are given, here or where they are inherited from.
pub(super) fn check_required(node: &Node, diagnostics: &mut Diagnostics) {
    let misspelled = has_misspelled(node);
    for option in node.spec.options.iter().filter(|option| option.required) {
        // A misspelled option has been reported, and was most likely meant as this one.
        if node.option(option.name).is_none() && !misspelled {
            diagnostics.push(catalogue::missing_option(
                &node.name,
                node.spec.name,
                option.name,
                option.inherits,
            ));
        }
    }
}

/// An option that nobody knows has been reported.
fn has_misspelled(node: &Node) -> bool {
    node.options.iter().any(|option| option.spec.is_empty())
}

/// A sink that has formats gets exactly one; a dead letter may leave it to us.
pub(super) fn check_formats(node: &Node, diagnostics: &mut Diagnostics) {
    let chosen: Vec<_> = node
        .options
        .iter()
        .filter(|option| node.spec.one_of.contains(&option.spec))
        .collect();
    match chosen.as_slice() {
        [] if node.spec.one_of.is_empty() || node.is_dead_letter() || has_misspelled(node) => {}
        [] => diagnostics.push(catalogue::missing_choice(&node.name, node.spec.name, node.spec.one_of)),
        [first, second, ..] if first.spec != second.spec => {
            diagnostics.push(catalogue::exclusive(&second.name, first.spec, second.spec));
        }
        // One is right; the same one twice has been reported.
        _ => {}
    }
}
