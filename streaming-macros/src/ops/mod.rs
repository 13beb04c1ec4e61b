//! The operators: one file each, which holds its spec and its code.
//!
//! A file is registered here, by one line, in the order of the guide. `cargo fmt` does not see modules that a macro declares:
//! `rustfmt streaming-macros/src/ops/*.rs` does.

use crate::expand::emit::Emit;
use crate::spec::{OpSpec, Table};

/// Declares the modules, and makes tables of their specs and codes.
macro_rules! operators {
    ($($module:ident,)*) => {
        $(mod $module;)*

        /// The specs of all operators.
        pub(crate) static TABLE: Table = Table::new(&[$(&$module::SPEC),*]);

        static CODE: &[(&OpSpec, &Emit)] = &[$((&$module::SPEC, &$module::EMIT)),*];
    };
}

operators! {
    stdin,
    files,
    socket,
    rate,
    memory,
    channel,
    kafka,
    source,
    union,
    lines,
    json,
    csv,
    map,
    filter,
    filter_map,
    flat_map,
    inspect,
    split,
    branch,
    event_time,
    key_by,
    batch,
    running,
    window,
    state,
    on_event,
    join,
    agg,
    reduce,
    fold,
    count,
    sum,
    late,
    errors,
    print,
    to,
    kafka_sink,
    files_sink,
    collect,
    sink,
}

/// The code of the operator that has this spec.
pub(crate) fn code(of: &'static OpSpec) -> &'static Emit {
    let registered = CODE.iter().find(|(spec, _)| std::ptr::eq(*spec, of));
    registered.map_or(&Emit::BASE, |(_, emit)| emit)
}

#[cfg(test)]
mod tests {
    use crate::spec::{Bounds, Count, Kind};

    use super::*;

    #[test]
    fn names_are_unique_where_they_are_looked_up() {
        for lookup in [
            TABLE.heads().collect::<Vec<_>>(),
            TABLE.methods().collect(),
            TABLE.sinks().collect(),
        ] {
            let mut unique = lookup.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), lookup.len(), "{lookup:?}");
        }
    }

    #[test]
    fn every_spec_is_whole() {
        for spec in TABLE.all() {
            assert!(spec.kind != Kind::Unknown, "{}", spec.name);
            let last = spec.args.len().saturating_sub(1);
            let open = spec.args.iter().position(|arg| arg.count != Count::One);
            assert!(
                open.is_none_or(|at| at == last),
                "only the last argument of `{}` may repeat",
                spec.name
            );
            assert!(!spec.needs_format || !spec.formats().is_empty(), "{}", spec.name);
            if let Some(Bounds::Option(bound)) = spec.state {
                assert!(spec.option(bound).is_some(), "{}", spec.name);
            }
        }
    }

    /// The code that the plan asks for is found by the spec itself: each has its own.
    #[test]
    fn every_spec_has_its_own_code() {
        for (spec, emit) in CODE {
            assert!(std::ptr::eq(code(spec), *emit), "{}", spec.name);
        }
    }
}
