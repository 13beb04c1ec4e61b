//! Statements become nodes and bound streams.

use std::collections::{BTreeMap, HashMap, HashSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{FnArg, Pat, Token, Type};

use super::free::Names;
use super::names::Ids;
use super::{Facts, Graph, Marked, Node, NodeId, Output, PipelineName, Port, Settings, Stream, settings};
use crate::diag::{Diagnostics, SpanRange, catalogue, suggest};
use crate::spec::{OpSpec, Options, StreamKind, Table};
use crate::syntax::names_in;
use crate::syntax::tree::{Chain, Form, Let, Pattern, Pipeline, Statement};

/// Resolves a whole pipeline. Mistakes are reported once; what depends on them is poisoned, and silent.
pub(crate) fn build(pipeline: &Pipeline, table: &'static Table, diagnostics: &mut Diagnostics) -> Graph {
    let mut builder = Builder::new(pipeline, table, diagnostics);
    for statement in &pipeline.statements {
        builder.statement(statement);
    }
    builder.graph.inherit();
    builder.graph
}

/// The graph while it grows.
pub(super) struct Builder<'a> {
    pub(super) graph: Graph,
    pub(super) table: &'static Table,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) ids: Ids,
    /// Bound so far: an index into `graph.streams`.
    bound: HashMap<String, usize>,
    /// Bound anywhere.
    bindings: HashSet<String>,
    /// Bound by the statement that is being read.
    binding: Vec<String>,
    /// Used before they were bound, which has been reported.
    early: HashSet<String>,
    /// Arguments of the pipeline that are references.
    borrowed: HashSet<String>,
}

/// What the operators of a chain are called after.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// The stream's name, which ids begin with.
    pub(super) base: String,
    /// The last operator carries the name itself.
    pub(super) owns: bool,
    /// It is the user's own.
    pub(super) named: bool,
}

impl<'a> Builder<'a> {
    fn new(pipeline: &Pipeline, table: &'static Table, diagnostics: &'a mut Diagnostics) -> Self {
        let name = match &pipeline.form {
            Form::Item(item) => PipelineName::Item(item.name.clone()),
            Form::Expression | Form::Broken(_) => PipelineName::None,
        };
        let bindings = pipeline.statements.iter().filter_map(|statement| match statement {
            Statement::Let(binding) => Some(binding.pattern.names()),
            _ => None,
        });
        let bindings = bindings.flatten().map(ToString::to_string).collect();
        let graph = Graph {
            name,
            span: SpanRange::from(pipeline.span),
            settings: Settings::default(),
            nodes: Vec::new(),
            streams: Vec::new(),
            hidden: Vec::new(),
            marked: Vec::new(),
            variables: HashSet::new(),
            items: HashSet::new(),
            receiver: BTreeMap::new(),
        };
        Self {
            graph,
            table,
            diagnostics,
            ids: Ids::default(),
            bound: HashMap::new(),
            bindings,
            binding: Vec::new(),
            early: HashSet::new(),
            borrowed: borrowed(&pipeline.form),
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Settings(call) => settings::read(call, &mut self.graph, self.diagnostics),
            Statement::Let(binding) => self.binding(binding),
            Statement::Chain(chain) => self.chain_statement(chain),
            Statement::Rust(tokens) => {
                let names = Names::of(tokens);
                self.graph.hidden.extend(hidden_heads(tokens.clone(), self.table));
                if !self.decides_streams(tokens, &names) {
                    self.streams_are_no_values(&names);
                }
                self.graph.variables.extend(names.declared().map(str::to_owned));
                self.graph.items.extend(names.items().map(str::to_owned));
                self.mark_used(&names_in(tokens.clone()));
            }
            Statement::Broken(tokens) => {
                let names = names_in(tokens.clone());
                self.mark_used(&names);
                self.bind_poisoned(&names);
            }
        }
    }

    /// `CHAIN;` must end in a sink.
    fn chain_statement(&mut self, chain: &Chain) {
        let base = chain.head.ident().to_string();
        let end = self.chain(
            chain,
            &Naming {
                base,
                owns: false,
                named: false,
            },
        );
        let facts = self.graph.facts(end);
        let last = &self.graph.nodes[end.node.0];
        let span = chain.calls.last().map_or(chain.head.ident(), |call| &call.name);
        match facts.kind {
            _ if facts.poisoned || !chain.rest.is_empty() => {}
            StreamKind::End => {}
            StreamKind::Parts(parts) => self.diagnostics.push(catalogue::pattern(&last.name, parts, 0)),
            _ => self.diagnostics.push(catalogue::open_chain(span)),
        }
    }

    fn binding(&mut self, binding: &Let) {
        let names = binding.pattern.names();
        self.binding = names.iter().map(ToString::to_string).collect();
        let base = self.binding.join("-");
        let end = self.chain(
            &binding.chain,
            &Naming {
                base,
                owns: true,
                named: true,
            },
        );
        self.binding.clear();
        if let (Some(name), true) = (
            names.first(),
            !binding.marks.was.is_empty() || binding.marks.reset.is_some(),
        ) {
            self.graph.marked.push(Marked {
                base: names.iter().map(ToString::to_string).collect::<Vec<_>>().join("-"),
                name: name.clone(),
                marks: binding.marks.clone(),
            });
        }
        let facts = self.graph.facts(end);
        let given = match facts.kind {
            StreamKind::Parts(parts) => parts,
            StreamKind::End => 0,
            _ => 1,
        };
        let fits = match &binding.pattern {
            Pattern::One(_) => given == 1 && !matches!(facts.kind, StreamKind::Parts(_)),
            Pattern::Many(names, _) => given == names.len() && given > 1,
        };
        if fits {
            let parts = matches!(binding.pattern, Pattern::Many(..));
            for (at, name) in names.iter().enumerate() {
                let output = if parts { Output::Part(at) } else { end.output };
                self.bind(name, Port { node: end.node, output });
            }
            return;
        }
        if !facts.poisoned {
            let span = match &binding.pattern {
                Pattern::One(name) => name.span(),
                Pattern::Many(_, parenthesis) => *parenthesis,
            };
            self.diagnostics.push(match given {
                0 => catalogue::bound_sink(span),
                given => catalogue::pattern(span, given, names.len()),
            });
        }
        for name in names {
            let port = self.poisoned(name);
            self.bind(name, port);
        }
    }

    fn bind(&mut self, name: &Ident, port: Port) {
        if name == "_" {
            return;
        }
        let index = self.graph.streams.len();
        self.graph.streams.push(Stream {
            name: name.clone(),
            port,
            used: self.early.contains(&name.to_string()),
        });
        if let Some(earlier) = self.bound.insert(name.to_string(), index) {
            self.graph.streams[earlier].used = true;
            self.diagnostics
                .push(catalogue::duplicate_name(name, &name.to_string()));
        }
    }

    /// A broken `let` still binds its names, so that their uses are no second mistake.
    fn bind_poisoned(&mut self, names: &[Ident]) {
        let Some((_, names)) = names.split_first().filter(|(first, _)| *first == "let") else {
            return;
        };
        for name in names
            .iter()
            .filter(|name| !self.bound.contains_key(&name.to_string()))
            .cloned()
            .collect::<Vec<_>>()
        {
            let port = self.poisoned(&name);
            let index = self.graph.streams.len();
            self.graph.streams.push(Stream {
                name: name.clone(),
                port,
                used: true,
            });
            self.bound.insert(name.to_string(), index);
        }
    }

    pub(super) fn mark_used(&mut self, names: &[Ident]) {
        for name in names {
            if let Some(&index) = self.bound.get(&name.to_string()) {
                self.graph.streams[index].used = true;
            }
        }
    }

    /// What runs for each record sees no streams, and keeps nothing that the pipeline's function has only borrowed.
    pub(super) fn check_captures(&mut self, tokens: &TokenStream) {
        let names = Names::of(tokens);
        self.streams_are_no_values(&names);
        // A variable of the same name, as in `let name = name.to_owned();`, is not the argument.
        let is_borrowed = |name: &String| self.borrowed.contains(name) && !self.graph.variables.contains(name);
        let borrowed = names.free().find(|used| is_borrowed(&used.ident.to_string()));
        if let Some(used) = borrowed {
            self.diagnostics
                .push(catalogue::borrowed_argument(&used.ident, &used.ident.to_string()));
        }
    }

    /// Streams are no variables: rustc would only say that there is none of that name.
    pub(super) fn streams_are_no_values(&mut self, names: &Names) {
        for used in names.free() {
            let name = used.ident.to_string();
            let stream = self.bound.get(&name).copied();
            if let Some(index) = stream.filter(|_| !self.graph.variables.contains(&name)) {
                self.graph.streams[index].used = true;
                let port = self.graph.streams[index].port;
                // What was meant to be bound by a statement that is broken, nobody knows.
                if !self.graph.facts(port).poisoned {
                    self.diagnostics.push(catalogue::stream_as_value(&used.ident, &name));
                }
            }
        }
    }

    /// Whether that is a stream, which is then read.
    pub(super) fn is_stream(&mut self, name: &Ident) -> bool {
        let index = self.bound.get(&name.to_string()).copied();
        if let Some(index) = index {
            self.graph.streams[index].used = true;
        }
        index.is_some()
    }

    /// The stream of that name.
    pub(super) fn resolve(&mut self, name: &Ident) -> Port {
        let text = name.to_string();
        if let Some(&index) = self.bound.get(&text) {
            let stream = &mut self.graph.streams[index];
            stream.used = true;
            return stream.port;
        }
        self.diagnostics.push(if self.binding.contains(&text) {
            catalogue::reads_itself(name, &text)
        } else if self.bindings.contains(&text) {
            catalogue::used_too_early(name, &text)
        } else {
            let mut known: Vec<&str> = self.bound.keys().map(String::as_str).collect();
            known.sort_unstable();
            let meant = suggest::nearest(&text, known.iter().copied());
            catalogue::unknown_stream(name, &text, meant, &known)
        });
        self.early.insert(text.clone());
        // Whoever was meant is not to be called unread on top.
        let near = suggest::nearest(&text, self.bound.keys().map(String::as_str)).map(|meant| self.bound[meant]);
        if let Some(index) = near {
            self.graph.streams[index].used = true;
        }
        self.poisoned(name)
    }

    /// Adds a node without arguments yet.
    pub(super) fn push(&mut self, spec: &'static OpSpec, name: &Ident, inputs: Vec<Port>) -> NodeId {
        let id = NodeId(self.graph.nodes.len());
        let facts = self.derived(spec, &inputs, 0, &|_| false);
        self.graph.nodes.push(Node {
            id: String::new(),
            spec,
            name: name.clone(),
            within: None,
            turbofish: None,
            inputs,
            streams: Vec::new(),
            args: Vec::new(),
            options: Vec::new(),
            facts,
            named: false,
        });
        id
    }

    pub(super) fn derived(&self, spec: &OpSpec, inputs: &[Port], args: usize, given: Options<'_>) -> Facts {
        let inputs: Vec<Facts> = inputs.iter().map(|port| self.graph.facts(*port)).collect();
        super::facts::derive(spec, &inputs, args, given)
    }

    /// A stream of which nothing is known, behind a mistake that has been reported.
    pub(super) fn poisoned(&mut self, name: &Ident) -> Port {
        let node = self.push(OpSpec::UNKNOWN, name, Vec::new());
        Port {
            node,
            output: Output::Main,
        }
    }
}

/// The arguments of the item form that are references to something that may end before the pipeline.
fn borrowed(form: &Form) -> HashSet<String> {
    let Form::Item(signature) = form else {
        return HashSet::new();
    };
    let parser = Punctuated::<FnArg, Token![,]>::parse_terminated;
    let args = parser.parse2(signature.args.clone()).unwrap_or_default();
    let borrowed = args.into_iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => match (*arg.pat, *arg.ty) {
            (Pat::Ident(name), Type::Reference(ty)) => {
                let ends = ty.lifetime.is_none_or(|lifetime| lifetime.ident != "static");
                ends.then(|| name.ident.to_string())
            }
            _ => None,
        },
        FnArg::Receiver(_) => None,
    });
    borrowed.collect()
}

/// Calls that look like sources, anywhere in ordinary Rust.
fn hidden_heads(tokens: TokenStream, table: &Table) -> Vec<Ident> {
    let mut found = Vec::new();
    let mut before: Option<TokenTree> = None;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            match &before {
                Some(TokenTree::Ident(name)) if table.head(&name.to_string()).is_some() => found.push(name.clone()),
                _ => {}
            }
            found.extend(hidden_heads(group.stream(), table));
        }
        // Behind a dot or a colon a name is a method or the end of a path.
        let qualified = matches!(&before, Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '.' | ':'));
        before = (!qualified || matches!(token, TokenTree::Punct(_))).then_some(token);
    }
    found
}
