//! The table of operators against the types that an editor reads.

use crate::ops::TABLE;
use crate::spec::{Kind, OpSpec};

const OPTIONS: &str = include_str!("../../../../streaming-runtime/src/language/options.rs");
const SOURCES: &str = include_str!("../../../../streaming-runtime/src/language/sources.rs");
const RECORDS: &str = include_str!("../../../../streaming-runtime/src/language/records.rs");
const KEYED: &str = concat!(
    include_str!("../../../../streaming-runtime/src/language/keyed.rs"),
    include_str!("../../../../streaming-runtime/src/language/state.rs"),
);
const JOINS: &str = include_str!("../../../../streaming-runtime/src/language/joins.rs");
const SINKS: &str = include_str!("../../../../streaming-runtime/src/language/sinks.rs");

/// The module that has what stands there as a function.
fn module(spec: &OpSpec) -> &'static str {
    match spec.kind {
        Kind::Source | Kind::Union => SOURCES,
        Kind::Scope | Kind::Reduce => KEYED,
        Kind::Join => JOINS,
        Kind::Sink => SINKS,
        _ => RECORDS,
    }
}

fn has_function(module: &str, name: &str) -> bool {
    module.contains(&format!("fn {name}(")) || module.contains(&format!("fn {name}<"))
}

/// The fields of a type.
fn has_field(of: &str, name: &str) -> bool {
    let fields = OPTIONS.split(&format!("pub struct {of} {{")).nth(1);
    let fields = fields.and_then(|fields| fields.split("\n}").next());
    fields.is_some_and(|fields| fields.contains(&format!("pub {name}:")))
}

#[test]
fn an_editor_knows_every_operator_and_option() {
    let mut missing = Vec::new();
    for spec in TABLE.all() {
        if !has_function(module(spec), spec.name) {
            missing.push(spec.name.to_owned());
        }
        for option in spec.options {
            let path = format!("{}.{}", spec.name, option.name);
            let modifies = spec.kind.has_modifiers();
            if modifies && !has_function(module(spec), option.name) {
                missing.push(format!("fn {path}"));
            }
            // Options of a sink stand behind it.
            if spec.kind != Kind::Sink
                && option.values.len() == 1
                && !option.follows()
                && !has_field(spec.name, option.name)
            {
                missing.push(format!("{path} ="));
            }
            let parts = option.parts.iter().filter(|part| !has_field(option.name, part.name));
            missing.extend(parts.map(|part| format!("{path}.{} =", part.name)));
        }
    }
    let settings = crate::graph::SETTINGS
        .iter()
        .filter(|name| !has_field("settings", name));
    missing.extend(settings.map(|name| format!("settings.{name} =")));
    assert!(missing.is_empty(), "{missing:#?}");
}
