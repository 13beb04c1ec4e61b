//! Sinks: `print()`, and what stands inside `to(…)` and `dead_letter(…)`.

use proc_macro2::Ident;

use super::build::{Builder, Naming};
use super::chain::main;
use super::{NodeId, Port};
use crate::diag::foreign::At;
use crate::diag::{Diagnostic, catalogue, suggest};
use crate::spec::{Kind, OpSpec, Ty};
use crate::syntax::tree::{Call, Head, Value};

impl Builder<'_> {
    /// Ends a chain.
    pub(super) fn end(
        &mut self,
        spec: &'static OpSpec,
        call: &Call,
        input: Port,
        stream: &str,
        naming: &Naming,
    ) -> Port {
        let sink = match call.args.as_slice() {
            [arg] if spec.has_arg(|ty| matches!(ty, Ty::Sink)) && arg.name.is_none() => {
                self.sink(&arg.value, input, &call.name)
            }
            _ => None,
        };
        let id = sink.unwrap_or_else(|| self.node(spec, call, vec![input]));
        self.name_sink(id, stream, naming);
        main(id)
    }

    /// Reads `kafka("totals").json()`; `None` where a diagnostic has been given.
    pub(super) fn sink(&mut self, value: &Value, input: Port, within: &Ident) -> Option<NodeId> {
        if value.broken {
            return None;
        }
        let Some(chain) = value.chain(self.diagnostics) else {
            self.diagnostics.push(match value.text() {
                Some(path) => catalogue::path_for_sink(value.span, &path.token().to_string()),
                None => catalogue::wrong_argument(value.span, "a sink", "to(kafka(\"topic\").json())"),
            });
            return None;
        };
        let name = chain.head.ident();
        let Some(spec) = self.table.sink(&name.to_string()) else {
            let stream = self.is_stream(name);
            self.diagnostics.push(if stream {
                catalogue::stream_as_sink(name, &name.to_string())
            } else {
                self.unknown_sink(name, within)
            });
            return None;
        };
        let Head::Call(head) = &chain.head else {
            self.diagnostics
                .push(catalogue::expected_behind(name, "`(`", &name.to_string()));
            return None;
        };
        let id = self.node(spec, head, vec![input]);
        self.graph.nodes[id.0].within = Some(within.clone());
        for call in &chain.calls {
            if self.modifies(id, call) {
                self.modifier(id, call);
            } else {
                let text = call.name.to_string();
                let known: Vec<&str> = spec.options.iter().map(|option| option.name).collect();
                let meant = suggest::nearest(&text, known.iter().copied());
                self.diagnostics.push(if known.is_empty() {
                    catalogue::no_options(&call.name, spec.name, &text)
                } else {
                    catalogue::unknown_option(&call.name, spec.name, &text, meant, &known)
                });
                self.option_values(id, None, &call.name, Vec::new());
            }
        }
        Some(id)
    }

    /// Names the dead-letter sinks that the options of a node made.
    pub(super) fn name_dead_letters(&mut self, owner: NodeId, stream: &str, naming: &Naming) {
        let sinks: Vec<NodeId> = self.graph.nodes[owner.0]
            .options
            .iter()
            .flat_map(|option| &option.values)
            .filter_map(|value| match value {
                super::ArgValue::DeadLetter(_, sink) => Some(*sink),
                _ => None,
            })
            .collect();
        for sink in sinks {
            self.name_sink(sink, &format!("{stream}.errors"), naming);
        }
    }

    fn unknown_sink(&self, name: &Ident, within: &Ident) -> Diagnostic {
        let text = name.to_string();
        let owner = self
            .table
            .all()
            .find(|spec| spec.kind == Kind::Sink && spec.option(&text).is_some_and(|option| option.format));
        if let Some(owner) = owner {
            return catalogue::format_as_sink(name, &text, owner.name);
        }
        let known: Vec<&str> = self.table.sinks().collect();
        let ends = self
            .table
            .all()
            .filter(|spec| spec.kind == Kind::End && spec.args.is_empty());
        let meant = suggest::nearest(&text, known.iter().copied().chain(ends.map(|spec| spec.name)));
        match meant {
            Some(end) if self.table.sink(end).is_none() && within == "to" => catalogue::end_as_sink(name, &text, end),
            meant => {
                let meant = meant.filter(|meant| self.table.sink(meant).is_some());
                catalogue::unknown_here(name, At::Sink, "sink", &text, meant, &known)
            }
        }
    }
}
