//! One fused loop while it is being written.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::cx::Cx;
use super::names::{self, own};
use super::{results, values};
use crate::graph::{ArgValue, Node, NodeId, Output, Port};
use crate::plan::{self, Reader};

/// The loop of one stage: who writes it asks it for the code behind a stream.
pub(crate) struct Fused<'a> {
    pub(crate) cx: &'a Cx<'a>,
    /// Counts go straight to the task: the body runs once per key, not once per chunk.
    direct: bool,
    /// It is the loop over a source: what becomes of each record is counted.
    fates: bool,
    counted: BTreeSet<usize>,
    used: BTreeSet<Binding>,
}

/// A name that the head of a loop binds only where the loop uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Binding {
    Meta,
    /// The bytes of the record.
    Payload,
    /// The event time that this node gives.
    At(NodeId),
    Key,
    Window,
}

/// What is at hand where code is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    /// The record may be taken; else it may only be looked at or cloned.
    pub(crate) owned: bool,
    /// The node that gave the event time in `at`.
    pub(crate) at: Option<NodeId>,
    /// The row of the chunk is in `row`.
    pub(crate) row: bool,
    /// By which of the node's inputs the record comes.
    pub(crate) input: usize,
}

impl Here {
    /// In a turn of a loop over a chunk: a record that nobody else has.
    pub(crate) const TURN: Self = Self {
        owned: true,
        at: None,
        row: true,
        input: 0,
    };
}

impl<'a> Fused<'a> {
    /// A loop over the records of a chunk.
    pub(crate) fn over_chunk(cx: &'a Cx<'a>) -> Self {
        Self {
            cx,
            direct: false,
            fates: false,
            counted: BTreeSet::new(),
            used: BTreeSet::new(),
        }
    }

    /// A loop over what a source gives.
    pub(crate) fn over_source(cx: &'a Cx<'a>) -> Self {
        Self {
            fates: true,
            ..Self::over_chunk(cx)
        }
    }

    /// A body that runs for one record.
    pub(crate) fn for_one(cx: &'a Cx<'a>) -> Self {
        Self {
            direct: true,
            ..Self::over_chunk(cx)
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> &'a Node {
        &self.cx.graph.nodes[id.0]
    }

    /// Marks a name as used, so that the head of the loop binds it.
    pub(crate) fn uses(&mut self, binding: Binding) {
        self.used.insert(binding);
    }

    /// `name`, or `_` where nothing has used it.
    pub(crate) fn bind(&self, binding: Binding, name: &str) -> TokenStream {
        if self.used.contains(&binding) {
            let name = own(name);
            quote!(#name)
        } else {
            quote!(_)
        }
    }

    /// As [`bind`](Self::bind), for a name that the next loop binds anew.
    pub(crate) fn take_binding(&mut self, binding: Binding, name: &str) -> TokenStream {
        let bound = self.bind(binding, name);
        self.used.remove(&binding);
        bound
    }

    pub(crate) fn is_used(&self, binding: Binding) -> bool {
        self.used.contains(&binding)
    }

    /// Everything that reads the stream of a node, for the record in `record`.
    pub(crate) fn main(&mut self, node: NodeId, here: Here) -> TokenStream {
        self.port(
            Port {
                node,
                output: Output::Main,
            },
            here,
        )
    }

    /// Everything that reads a stream, for the record in `record`.
    pub(crate) fn port(&mut self, port: Port, here: Here) -> TokenStream {
        let readers = self.cx.plan.consumers.of_port(port).to_vec();
        self.readers(readers, here)
    }

    /// These readers of one stream. Those that only look at the record come first; the last that takes it gets it, any
    /// other a clone.
    pub(crate) fn readers(&mut self, mut readers: Vec<Reader>, here: Here) -> TokenStream {
        readers.sort_by_key(|reader| self.cx.plan.consumers.takes(reader.node));
        let last = readers.len().saturating_sub(1);
        let mut code = TokenStream::new();
        for (at, Reader { node, input }) in readers.into_iter().enumerate() {
            let here = Here {
                owned: here.owned && at == last,
                input,
                ..here
            };
            let entry = self.entry(node);
            let body = self.reader(node, here);
            code.extend(if last == 0 {
                quote!(#entry #body)
            } else {
                quote!({ #entry #body })
            });
        }
        code
    }

    /// The code of one reader, and of all that reads it in turn.
    fn reader(&mut self, id: NodeId, here: Here) -> TokenStream {
        let leaves = self.node(id).spec.kind.is_sink() || self.cx.plan.is_stage(id);
        let used = if leaves { self.fate("used") } else { TokenStream::new() };
        let code = (self.cx.code(id).record)(self, id, here);
        quote!(#used #code)
    }

    /// The input of a node that is written first: it fixes the type of the record.
    pub(crate) fn first_input(&self, id: NodeId, here: Here) -> usize {
        *self.cx.first_inputs.borrow_mut().entry(id.0).or_insert(here.input)
    }

    /// Counts what enters a node whose stream is a part of another one.
    fn entry(&mut self, reader: NodeId) -> TokenStream {
        let counts_itself = self.node(reader).spec.counts();
        if counts_itself || !plan::is_counted(self.cx.graph, reader) {
            TokenStream::new()
        } else {
            self.count(reader)
        }
    }

    /// Whether records of a node are counted already.
    pub(crate) fn is_counted(&self, id: NodeId) -> bool {
        self.counted.contains(&id.0)
    }

    /// Counts one record that leaves a node.
    pub(crate) fn count(&mut self, id: NodeId) -> TokenStream {
        self.count_many(id, &quote!(1))
    }

    /// Counts records that leave a node.
    pub(crate) fn count_many(&mut self, id: NodeId, number: &TokenStream) -> TokenStream {
        if self.direct {
            let (task, operator) = (own("task"), operator(id));
            return quote!(#task.count(#operator, #number););
        }
        self.counted.insert(id.0);
        let counter = names::of_node('n', id);
        quote!(#counter += #number;)
    }

    /// The counters before the loop, and what gives them to the task behind it.
    pub(crate) fn counters(&self) -> (TokenStream, TokenStream) {
        let task = own("task");
        let counters = || {
            self.counted
                .iter()
                .map(|at| (names::of_node('n', NodeId(*at)), operator(NodeId(*at))))
        };
        let before = counters()
            .map(|(counter, _)| quote!(let mut #counter = 0u64;))
            .collect();
        let behind = counters()
            .map(|(counter, operator)| quote!(#task.count(#operator, #counter);))
            .collect();
        (before, behind)
    }

    /// Whether it is the loop over a source.
    pub(crate) fn is_over_source(&self) -> bool {
        self.fates
    }

    /// `fates.used();`, where fates are counted.
    pub(crate) fn fate(&self, what: &str) -> TokenStream {
        self.fate_of(what, &TokenStream::new())
    }

    /// `fates.begin(row);`
    pub(crate) fn fate_of(&self, what: &str, args: &TokenStream) -> TokenStream {
        if !self.fates {
            return TokenStream::new();
        }
        let (fates, what) = (own("fates"), own(what));
        quote!(#fates.#what(#args);)
    }

    /// Says which operator runs next, for whoever reads about a panic.
    pub(crate) fn enter(id: NodeId) -> TokenStream {
        let (task, operator) = (own("task"), operator(id));
        quote!(#task.enter(#operator);)
    }

    /// Gives a record to a sink; what becomes of one that the sink refuses is the sink's `on_error`.
    pub(crate) fn put(&mut self, sink: NodeId, user: &Ident, record: &TokenStream, here: Here) -> TokenStream {
        let policy = self
            .node(sink)
            .option("on_error")
            .and_then(|option| option.values.first());
        match policy {
            Some(ArgValue::Word(word)) if word == "skip" => {
                let (offer, skipped) = (names::offer(sink, user, record), self.fate("skipped"));
                quote!(if ::core::result::Result::is_err(&#offer) { #skipped })
            }
            Some(ArgValue::DeadLetter(..)) => {
                let port = Port {
                    node: sink,
                    output: Output::Errors,
                };
                let mut inputs = self.node(sink).inputs.iter();
                let of_source = self.fates && inputs.all(|input| self.cx.graph.facts(*input).meta);
                let (name, module, error) = (self.node(sink).id.clone(), own(names::OP), own("error"));
                let (offer, record) = (names::offer(sink, user, record), quote_record());
                let letter = if of_source {
                    self.uses(Binding::Meta);
                    let meta = own("meta");
                    quote!(#module::refused(#name, &#meta, &#error, &#record))
                } else {
                    quote!(#module::refused_result(#name, &#error, &#record))
                };
                let here = Here {
                    owned: true,
                    at: None,
                    input: 0,
                    ..here
                };
                let (fate, readers) = (self.fate("dead_lettered"), self.port(port, here));
                quote!(if let ::core::result::Result::Err(#error) = #offer { #fate let #record = #letter; #readers })
            }
            _ => names::put(sink, user, record),
        }
    }

    /// The record by value: itself, or a clone where others read it too.
    pub(crate) fn take(here: Here, user: &Ident) -> TokenStream {
        if here.owned {
            return shown_record(user);
        }
        names::call(names::OP, &names::user("fork", user), &look_at_record(user))
    }

    /// A value on its way into state: what it borrows is owned when it is kept.
    pub(crate) fn lend(value: &Ident, user: &Ident) -> TokenStream {
        let (span, private) = (user.span(), names::user(names::PRIVATE, user));
        let (look, value) = (names::shown(quote!(&#value), span), names::shown(quote!(#value), span));
        quote_spanned!(span=> (&&&&#private::Ask::about(#look)).__kind().lend(#value))
    }

    /// As [`lend`](Self::lend), for an aggregate that compares values.
    pub(crate) fn lend_compared(value: &Ident, user: &Ident) -> TokenStream {
        let (span, private) = (user.span(), names::user(names::PRIVATE, user));
        let (look, value) = (names::shown(quote!(&#value), span), names::shown(quote!(#value), span));
        quote_spanned!(span=> (&&&&&#private::Ask::about(#look)).__rank().lend(#value))
    }

    /// What is lent, if the type that is kept of it has what the aggregate needs.
    pub(crate) fn checked(lent: &TokenStream, check: &str, user: &Ident) -> TokenStream {
        let (private, kept) = (names::user(names::PRIVATE, user), names::user("__lent", user));
        let of = quote_spanned!(user.span()=> #private::kept(&#kept));
        let passed = Self::passed(&of, &quote!(#kept), check, user);
        quote!({ let #kept = #lent; #passed })
    }

    /// A value, if the type that is asked about has what is needed: `(&&&of).__compared().keep(value)`
    pub(crate) fn passed(of: &TokenStream, value: &TokenStream, check: &str, user: &Ident) -> TokenStream {
        let check = names::user(check, user);
        quote_spanned!(user.span()=> (&&&#of).#check().keep(#value))
    }

    /// The record in its owned form.
    pub(crate) fn own_record(here: Here, user: &Ident) -> (TokenStream, TokenStream) {
        let record = own("record");
        Self::owned(here, user, &Self::lend(&record, user))
    }

    /// The record in its owned form, which has to be able to rest in state.
    pub(crate) fn resting_record(here: Here, user: &Ident) -> (TokenStream, TokenStream) {
        let record = own("record");
        Self::owned(here, user, &Self::checked(&Self::lend(&record, user), "__kept", user))
    }

    fn owned(here: Here, user: &Ident, lent: &TokenStream) -> (TokenStream, TokenStream) {
        let (record, taken) = (own("record"), Self::take(here, user));
        let prepare = if here.owned {
            TokenStream::new()
        } else {
            quote!(let #record = #taken;)
        };
        let own_form = names::path(names::PRIVATE, "Lent", user);
        (prepare, quote_spanned!(user.span()=> #own_form::own(#lent)))
    }

    /// The call of a function that takes the record: `op::map(record, f)`, with `op::with(record, meta, f)` for a function where
    /// `f` takes its meta too.
    pub(crate) fn call(&mut self, id: NodeId, record: &TokenStream, function: &ArgValue) -> TokenStream {
        let name = &self.node(id).name;
        let record = results::told(self.cx.graph, id, record, function);
        if let ArgValue::Function {
            tokens,
            params: Some(2),
        } = function
        {
            self.uses(Binding::Meta);
            let (meta, given) = (own("meta"), own("given"));
            let meta = names::shown(quote!(&#meta), name.span());
            let with = names::call(names::OP, &names::user("with", name), &quote!(#given, #meta, #tokens));
            let function = quote_spanned!(name.span()=> |#given| #with);
            return names::call(names::OP, name, &quote!(#record, #function));
        }
        let function = values::of(function);
        names::call(names::OP, name, &quote!(#record, #function))
    }

    /// The call of a function that looks at the record.
    pub(crate) fn call_by_ref(&mut self, id: NodeId, function: &ArgValue) -> TokenStream {
        let record = look_at_record(&self.node(id).name);
        self.call(id, &record, function)
    }

    /// The event time of the record, 0 where it has none.
    pub(crate) fn at(&mut self, here: Here) -> TokenStream {
        let Some(node) = here.at else { return quote!(0) };
        self.uses(Binding::At(node));
        let at = own("at");
        quote!(#at)
    }

    /// The order of the record among others.
    pub(crate) fn order(&mut self, here: Here) -> TokenStream {
        let (task, private) = (own("task"), own(names::PRIVATE));
        if here.at.is_none() {
            return quote!(#private::Task::arrival(#task));
        }
        let at = self.at(here);
        quote!(#private::Task::order(#task, #at))
    }
}

/// `record`, shown where the user's token stands.
pub(crate) fn shown_record(user: &Ident) -> TokenStream {
    names::shown(quote_record(), user.span())
}

/// `&record`, shown where the user's token stands.
pub(crate) fn look_at_record(user: &Ident) -> TokenStream {
    let record = quote_record();
    names::shown(quote!(&#record), user.span())
}

/// `record`, for patterns.
pub(crate) fn quote_record() -> TokenStream {
    let record = own("record");
    quote!(#record)
}

/// The number of a node in the plan.
pub(crate) fn operator(id: NodeId) -> proc_macro2::Literal {
    proc_macro2::Literal::u32_unsuffixed(u32::try_from(id.0).unwrap_or(u32::MAX))
}
