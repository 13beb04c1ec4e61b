//! A chain becomes nodes, one behind the other.

use proc_macro2::Ident;

use super::build::{Builder, Naming};
use super::{Called, NodeId, Output, Port};
use crate::diag::foreign::At;
use crate::diag::{Diagnostic, catalogue, suggest};
use crate::spec::{Kind, OpSpec, Scope, StreamKind, Takes, Ty};
use crate::syntax::names_in;
use crate::syntax::tree::{Call, Chain, Head};

impl Builder<'_> {
    /// Adds the nodes of a chain, and gives its end.
    pub(super) fn chain(&mut self, chain: &Chain, naming: &Naming) -> Port {
        let mut nodes = Vec::new();
        let mut end = self.head(&chain.head, naming, &mut nodes);
        // What the sinks are called after: `totals`, `totals.late`.
        let mut stream = naming.base.clone();
        let mut last = chain.head.ident();
        for call in &chain.calls {
            let before = Called {
                head: chain.head.ident().clone(),
                last: std::mem::replace(&mut last, &call.name).clone(),
            };
            let owner = nodes.last().copied().filter(|id| end == main(*id));
            if let Some(owner) = owner
                && self.modifies(owner, call)
            {
                self.modifier(owner, call);
                continue;
            }
            end = match self.table.method(&call.name.to_string()) {
                Some(spec) if spec.kind == Kind::End => self.end(spec, call, end, &stream, naming),
                Some(spec) => self.operator(spec, call, (before, end), naming),
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
            Head::Call(call) => {
                if let Some(spec) = self.table.head(&call.name.to_string()) {
                    let (inputs, names) = self.streams(spec, call, naming);
                    let node = self.node(spec, call, inputs);
                    self.graph.nodes[node.0].streams = names;
                    node
                } else {
                    self.unknown_head(&call.name);
                    self.poisoned(&call.name).node
                }
            }
        };
        nodes.push(end);
        main(end)
    }

    fn unknown_head(&mut self, name: &Ident) {
        let text = name.to_string();
        let heads: Vec<&str> = self.table.heads().collect();
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

    /// The streams among the arguments of a call: inputs of its node, which come first, so that nodes stay in dependency order. And
    /// what each is called.
    fn streams(&mut self, spec: &'static OpSpec, call: &Call, naming: &Naming) -> (Vec<Port>, Vec<Called>) {
        let inner = Naming {
            owns: false,
            ..naming.clone()
        };
        let placed = call.args.iter().filter(|arg| arg.name.is_none()).enumerate();
        let streams = placed.filter(|(at, _)| spec.arg(*at).is_some_and(|arg| matches!(arg.ty, Ty::Stream)));
        let (mut inputs, mut names) = (Vec::new(), Vec::new());
        for (_, arg) in streams {
            let broken = arg.value.broken;
            let chain = if broken {
                None
            } else {
                arg.value.chain(self.diagnostics)
            };
            let input = if let Some(chain) = chain {
                let head = chain.head.ident();
                names.push(Called {
                    head: head.clone(),
                    last: chain.calls.last().map_or(head, |call| &call.name).clone(),
                });
                self.chain(&chain, &inner)
            } else {
                if !broken {
                    let wrong = catalogue::wrong_argument(arg.value.span, "a stream", &spec.signature());
                    self.diagnostics.push(wrong);
                }
                self.poisoned(&call.name)
            };
            inputs.push(input);
        }
        (inputs, names)
    }

    /// Adds a node with all its arguments.
    pub(super) fn node(&mut self, spec: &'static OpSpec, call: &Call, inputs: Vec<Port>) -> NodeId {
        let id = self.push(spec, &call.name, inputs);
        self.graph.nodes[id.0].turbofish.clone_from(&call.turbofish);
        self.arguments(id, call);
        let node = &self.graph.nodes[id.0];
        let wrong = node.facts.poisoned;
        let given = |option: &str| node.option(option).is_some();
        let mut facts = self.derived(spec, &node.inputs, node.args.len(), &given);
        facts.poisoned |= wrong;
        self.graph.nodes[id.0].facts = facts;
        id
    }

    fn operator(
        &mut self,
        spec: &'static OpSpec,
        call: &Call,
        (before, input): (Called, Port),
        naming: &Naming,
    ) -> Port {
        let input = match spec.takes {
            Takes::Windowed => self.upstream(input, Output::Late),
            Takes::Decoded => self.upstream(input, Output::Errors),
            _ => input,
        };
        let (others, names) = self.streams(spec, call, naming);
        let node = self.node(spec, call, std::iter::once(input).chain(others).collect());
        if !names.is_empty() {
            self.graph.nodes[node.0].streams = std::iter::once(before).chain(names).collect();
        }
        main(node)
    }

    /// The nearest node above that has that side output; where there is none, the stream itself, for the rules to see.
    fn upstream(&self, from: Port, output: Output) -> Port {
        let mut port = from;
        loop {
            let node = &self.graph.nodes[port.node.0];
            let found = match output {
                Output::Late => {
                    let windows = |input: &Port| self.graph.facts(*input).kind == StreamKind::Scoped(Scope::Windows);
                    node.spec.kind == Kind::Reduce && node.inputs.iter().any(windows)
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
        let follows = self.graph.facts(input).poisoned && self.table.all().any(|spec| spec.option(&name).is_some());
        if !follows && !unfinished {
            let diagnostic = self.explain_unknown(call, &name, input, before);
            self.diagnostics.push(diagnostic);
        }
        // Streams that it was given have a reader, if not one that is known.
        for arg in &call.args {
            self.mark_used(&names_in(arg.value.tokens.clone()));
        }
        let node = self.push(OpSpec::UNKNOWN, &call.name, vec![input]);
        main(node)
    }

    fn near_methods(&self, name: &str, input: Port) -> Option<&'static str> {
        let options = self.graph.nodes[input.node.0]
            .spec
            .options
            .iter()
            .map(|option| option.name);
        suggest::nearest(name, self.table.methods().chain(options))
    }

    fn explain_unknown(&mut self, call: &Call, name: &str, input: Port, before: &[NodeId]) -> Diagnostic {
        if name == "settings" {
            return catalogue::settings_as_method(&call.name);
        }
        if self.table.sink(name).is_some() {
            return catalogue::sink_as_method(&call.name, name);
        }
        if self.table.head(name).is_some() {
            return catalogue::head_as_method(&call.name, name);
        }
        let takes_it = |spec: &OpSpec| spec.kind.has_modifiers() && spec.option(name).is_some();
        let owner = before.iter().find(|id| takes_it(self.graph.nodes[id.0].spec)).copied();
        if let Some(owner) = owner {
            // It has been given, if in the wrong place.
            self.option_values(owner, None, &call.name, Vec::new());
            return catalogue::detached_option(&call.name, name, self.graph.nodes[owner.0].spec.name);
        }
        let owners: Vec<&str> = self
            .table
            .all()
            .filter(|spec| takes_it(spec) && spec.kind != Kind::Sink)
            .map(|spec| spec.name)
            .collect();
        if !owners.is_empty() {
            return catalogue::ownerless_option(&call.name, name, &owners);
        }
        let kind = self.graph.facts(input).kind;
        let known: Vec<&str> = self
            .table
            .all()
            .filter(|spec| self.table.method(spec.name).is_some() && super::facts::fits(spec.takes, kind))
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
