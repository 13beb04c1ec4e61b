//! SP0110 where an option is missing.

use crate::diag::{Diagnostics, catalogue};
use crate::graph::Node;

/// Required options are given, here or where they are inherited from.
pub(super) fn check_required(node: &Node, diagnostics: &mut Diagnostics) {
    let misspelled = has_misspelled(node);
    for option in node.spec.options.iter().filter(|option| option.required) {
        // A misspelled option has been reported, and was most likely meant as this one.
        if node.option(option.name).is_none() && !misspelled {
            // A value that has a name stands in the call itself.
            let form = match option.values {
                [_] if !option.inherits => format!("{} = …", option.name),
                _ => option.form(),
            };
            let (name, inherits) = (node.spec.name, option.inherits);
            diagnostics.push(catalogue::missing_option(
                &node.name,
                name,
                option.name,
                &form,
                inherits,
            ));
        }
    }
}

/// An operator knows the type that nothing else tells it.
pub(super) fn check_types(node: &Node, diagnostics: &mut Diagnostics) {
    if let Some(what) = node.spec.typed.filter(|_| node.turbofish.is_none()) {
        diagnostics.push(catalogue::missing_type(&node.name, node.spec.name, what));
    }
}

/// An option that nobody knows has been reported.
pub(super) fn has_misspelled(node: &Node) -> bool {
    node.options.iter().any(|option| option.spec.is_empty())
}

/// A sink that has formats gets exactly one; a dead letter may leave it to us.
pub(super) fn check_formats(node: &Node, diagnostics: &mut Diagnostics) {
    let formats = node.spec.formats();
    let chosen: Vec<_> = node
        .options
        .iter()
        .filter(|option| formats.contains(&option.spec))
        .collect();
    match chosen.as_slice() {
        [] if !node.spec.needs_format || node.is_dead_letter() || has_misspelled(node) => {}
        [] => diagnostics.push(catalogue::missing_choice(&node.name, node.spec.name, &formats)),
        [first, second, ..] if first.spec != second.spec => {
            diagnostics.push(catalogue::exclusive(&second.name, first.spec, second.spec));
        }
        // One is right; the same one twice has been reported.
        _ => {}
    }
}

/// An option stands beside one of those that it needs, and beside none that it excludes.
pub(super) fn check_needs(node: &Node, diagnostics: &mut Diagnostics) {
    for option in &node.options {
        let needs = node.spec.option(option.spec).map_or(&[][..], |spec| spec.needs);
        let owned: Vec<&str> = needs
            .iter()
            .copied()
            .filter(|name| node.spec.option(name).is_some())
            .collect();
        // Without a format there is a mistake already, which has been reported.
        let formats = node.spec.formats();
        let has_format = !node.spec.needs_format || node.options.iter().any(|given| formats.contains(&given.spec));
        if has_format && !owned.is_empty() && !owned.iter().any(|name| node.option(name).is_some()) {
            diagnostics.push(catalogue::option_without(&option.name, option.spec, &owned));
        }
        let excludes = node.spec.option(option.spec).map_or(&[][..], |spec| spec.excludes);
        if let Some(other) = excludes.iter().find(|name| node.option(name).is_some()) {
            diagnostics.push(catalogue::exclusive(&option.name, option.spec, other));
        }
    }
}
