//! A chain becomes nodes, one behind the other.

use proc_macro2::Ident;

use super::build::{Builder, Naming};
use super::{Called, NodeId, Output, Port, Scope, StreamKind};
use crate::diag::foreign::At;
use crate::diag::{Diagnostic, catalogue, suggest};
use crate::ops::{self, Kind, OpSpec, Takes};
use crate::syntax::names_in;
use crate::syntax::tree::{Call, Chain, Head};

impl Builder<'_> {
    /// Adds the nodes of a chain, and gives its end.
    pub(super) fn chain(&mut self, chain: &Chain, naming: &Naming) -> Port {
        let mut nodes = Vec::new();
        let mut end = self.head(&chain.head, naming, &mut nodes);
        // What the sinks are called after: `totals`, `totals.late`.
        let mut stream = naming.base.clone();
        for call in &chain.calls {
            let owner = nodes.last().copied().filter(|id| end == main(*id));
            if let Some(owner) = owner
                && self.modifies(owner, call)
            {
                self.modifier(owner, call);
                continue;
            }
            end = match ops::method(&call.name.to_string()) {
                Some(spec) if spec.kind == Kind::End => self.end(spec, call, end, &stream, naming),
                Some(spec) => self.operator(spec, call, end),
                None => self.unknown_method(call, end, &nodes),
            };
            nodes.push(end.node);
            if self.graph.nodes[end.node.0].spec.kind == Kind::Side {
                stream = format!("{stream}.{}", call.name);
            }
        }
        if !chain.rest.is_empty() {
            self.graph.nodes[end.node.0].facts.poisoned = true;
        }
        self.name_chain(&nodes, naming);
        for node in nodes {
            self.name_dead_letters(node, &naming.base, naming);
        }
        end
    }

    fn head(&mut self, head: &Head, naming: &Naming, nodes: &mut Vec<NodeId>) -> Port {
        let end = match head {
            Head::Name(name) => return self.resolve(name),
            Head::Call(call) => match ops::head(&call.name.to_string()) {
                Some(spec) if spec.kind == Kind::Union => self.union(spec, call, naming),
                Some(spec) => self.node(spec, call, Vec::new()),
                None => {
                    self.unknown_head(&call.name);
                    self.poisoned(&call.name).node
                }
            },
        };
        nodes.push(end);
        main(end)
    }

    fn unknown_head(&mut self, name: &Ident) {
        let text = name.to_string();
        let heads: Vec<&str> = ops::heads().collect();
        let meant = suggest::nearest(&text, heads.iter().copied());
        self.diagnostics.push(catalogue::unknown_here(
            name,
            At::Source,
            "source",
            &text,
            meant,
            &heads,
        ));
    }

    /// `union(a, b)`: its inputs come first, so that nodes stay in dependency order.
    fn union(&mut self, spec: &'static OpSpec, call: &Call, naming: &Naming) -> NodeId {
        let (mut inputs, mut streams) = (Vec::new(), Vec::new());
        let inner = Naming {
            owns: false,
            ..naming.clone()
        };
        for arg in call.args.iter().filter(|arg| arg.name.is_none()) {
            let broken = arg.value.broken;
            let chain = if broken {
                None
            } else {
                arg.value.chain(self.diagnostics)
            };
            let input = if let Some(chain) = chain {
                let head = chain.head.ident();
                streams.push(Called {
                    head: head.clone(),
                    last: chain.calls.last().map_or(head, |call| &call.name).clone(),
                });
                self.chain(&chain, &inner)
            } else {
                if !broken {
                    let wrong = catalogue::wrong_argument(arg.value.span, "a stream", "union(a, b)");
                    self.diagnostics.push(wrong);
                }
                self.poisoned(&call.name)
            };
            inputs.push(input);
        }
        let union = self.node(spec, call, inputs);
        self.graph.nodes[union.0].streams = streams;
        union
    }

    /// Adds a node with all its arguments.
    pub(super) fn node(&mut self, spec: &'static OpSpec, call: &Call, inputs: Vec<Port>) -> NodeId {
        let id = self.push(spec, &call.name, inputs);
        self.graph.nodes[id.0].turbofish.clone_from(&call.turbofish);
        self.arguments(id, call);
        let node = &self.graph.nodes[id.0];
        let wrong = node.facts.poisoned;
        let mut facts = self.derived(spec, &node.inputs, node.args.len());
        facts.poisoned |= wrong;
        self.graph.nodes[id.0].facts = facts;
        id
    }

    fn operator(&mut self, spec: &'static OpSpec, call: &Call, input: Port) -> Port {
        let input = match spec.takes {
            Takes::Windowed => self.upstream(input, Output::Late),
            Takes::Decoded => self.upstream(input, Output::Errors),
            _ => input,
        };
        main(self.node(spec, call, vec![input]))
    }

    /// The nearest node above that has that side output; where there is none, the stream itself, for the rules to see.
    fn upstream(&self, from: Port, output: Output) -> Port {
        let mut port = from;
        loop {
            let node = &self.graph.nodes[port.node.0];
            let scope = node.inputs.first().map(|input| self.graph.facts(*input).kind);
            let found = match output {
                Output::Late => {
                    let windowed = scope == Some(StreamKind::Scoped(Scope::Window));
                    node.spec.kind == Kind::Reduce && windowed
                }
                _ => node.spec.kind == Kind::Decode,
            };
            if found {
                return Port {
                    node: port.node,
                    output,
                };
            }
            match node.inputs.as_slice() {
                [input] => port = *input,
                _ => return from,
            }
        }
    }

    fn unknown_method(&mut self, call: &Call, input: Port, before: &[NodeId]) -> Port {
        let name = call.name.to_string();
        // A name without parentheses is still being typed, and its parentheses have been asked for.
        let unfinished = call.paren.is_none();
        // Options of what could not be understood are no mistakes of their own.
        let follows = self.graph.facts(input).poisoned && ops::TABLE.iter().any(|spec| spec.option(&name).is_some());
        if !follows && !unfinished {
            let diagnostic = self.explain_unknown(call, &name, input, before);
            self.diagnostics.push(diagnostic);
        }
        // Streams that it was given have a reader, if not one that is known.
        for arg in &call.args {
            self.mark_used(&names_in(arg.value.tokens.clone()));
        }
        let node = self.push(&ops::UNKNOWN, &call.name, vec![input]);
        main(node)
    }

    fn near_methods(&self, name: &str, input: Port) -> Option<&'static str> {
        let options = self.graph.nodes[input.node.0]
            .spec
            .options
            .iter()
            .map(|option| option.name);
        suggest::nearest(name, ops::methods().chain(options))
    }

    fn explain_unknown(&mut self, call: &Call, name: &str, input: Port, before: &[NodeId]) -> Diagnostic {
        if name == "settings" {
            return catalogue::settings_as_method(&call.name);
        }
        if ops::sink(name).is_some() {
            return catalogue::sink_as_method(&call.name, name);
        }
        if ops::head(name).is_some() {
            return catalogue::head_as_method(&call.name, name);
        }
        let takes_it = |spec: &OpSpec| spec.kind.has_modifiers() && spec.option(name).is_some();
        let owner = before.iter().find(|id| takes_it(self.graph.nodes[id.0].spec)).copied();
        if let Some(owner) = owner {
            // It has been given, if in the wrong place.
            self.option_values(owner, None, &call.name, Vec::new());
            return catalogue::detached_option(&call.name, name, self.graph.nodes[owner.0].spec.name);
        }
        let owners: Vec<&str> = ops::TABLE
            .iter()
            .filter(|spec| takes_it(spec) && spec.kind != Kind::Sink)
            .map(|spec| spec.name)
            .collect();
        if !owners.is_empty() {
            return catalogue::ownerless_option(&call.name, name, &owners);
        }
        let kind = self.graph.facts(input).kind;
        let known: Vec<&str> = ops::TABLE
            .iter()
            .filter(|spec| ops::method(spec.name).is_some() && super::facts::fits(spec.takes, kind))
            .map(|spec| spec.name)
            .collect();
        let meant = self.near_methods(name, input);
        catalogue::unknown_here(&call.name, At::Operator, "operator", name, meant, &known)
    }
}

/// The stream itself, of a node.
pub(super) fn main(node: NodeId) -> Port {
    Port {
        node,
        output: Output::Main,
    }
}
