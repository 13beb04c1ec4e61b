//! Names become nodes: the pipeline as a graph of operators.
//!
//! The graph holds no tokens but spans and opaque user tokens. Nodes stand in dependency order: the inputs of a
//! node always come before it. A graph with diagnostics may hold poisoned nodes; a graph without is sound, and
//! whoever plans or expands it can rely on every fact that [`OpSpec`] promises.

pub(crate) mod agg;
mod arguments;
mod build;
mod chain;
mod closures;
mod control;
mod facts;
mod free;
mod inherit;
mod lower;
mod names;
mod quantity;
mod range;
mod receiver;
mod settings;
mod sink;
mod texts;
mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use syn::LitStr;

use crate::diag::SpanRange;
use crate::spec::{Kind, OpSpec, Shape, StreamKind};
use crate::syntax::tree::Marks;

pub(crate) use agg::Aggregation;
pub(crate) use build::build;
pub(crate) use facts::fits;
pub(crate) use free::{How, Names, Use};
pub(crate) use receiver::Receiver;
#[cfg(test)]
pub(crate) use settings::NAMES as SETTINGS;

/// A whole pipeline, names resolved.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) name: PipelineName,
    /// Where mistakes of the whole pipeline are reported.
    pub(crate) span: SpanRange,
    pub(crate) settings: Settings,
    /// In dependency order.
    pub(crate) nodes: Vec<Node>,
    /// Every bound stream, in order of binding.
    pub(crate) streams: Vec<Stream>,
    /// What a checkpoint may have under other names, or is not to have.
    pub(crate) marked: Vec<Marked>,
    /// Variables that are declared within the pipeline: arguments of its function, `let` of plain values.
    pub(crate) variables: HashSet<String>,
    /// Functions, constants and types that are declared within the pipeline.
    pub(crate) items: HashSet<String>,
    /// Variables that stand for `self` in closures, by name.
    pub(crate) receiver: BTreeMap<String, Receiver>,
    /// What looks like sources inside ordinary Rust, where the macro does not look.
    pub(crate) hidden: Vec<Ident>,
}

/// What the pipeline is called, as far as the macro knows.
#[derive(Clone, Debug)]
pub(crate) enum PipelineName {
    /// `settings(name = "…")`
    Setting(LitStr),
    /// `settings(name = format!("orders-{shop}"))`: an expression, and the name that the plan goes by.
    Expr(TokenStream, String),
    /// The function's name in the item form.
    Item(Ident),
    /// The expression form without a name.
    None,
}

/// An index into [`Graph::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

/// One output of one node; what an edge starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Port {
    pub(crate) node: NodeId,
    pub(crate) output: Output,
}

/// Which output of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Output {
    /// The stream itself.
    Main,
    /// The n-th part of `split` (0: true, 1: false) or `branch` (the last is the rest).
    Part(usize),
    /// Records that came too late for the windows of an aggregate.
    Late,
    /// Input that a decode could not read.
    Errors,
}

/// A `let` and what it is bound to.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: Ident,
    pub(crate) port: Port,
    /// Something reads it.
    pub(crate) used: bool,
}

/// A `let` with `#[was = "…"]` or `#[reset = "…"]`.
#[derive(Debug)]
pub(crate) struct Marked {
    /// What the ids of its operators begin with.
    pub(crate) base: String,
    pub(crate) name: Ident,
    pub(crate) marks: Marks,
}

/// One operator, source or sink.
#[derive(Debug)]
pub(crate) struct Node {
    /// Unique among sources, among operators and among sinks: `orders`, `orders.json`, `totals.kafka`.
    pub(crate) id: String,
    pub(crate) spec: &'static OpSpec,
    /// The user's own token of the operator's name.
    pub(crate) name: Ident,
    /// The user's `to` or `dead_letter` around a sink.
    pub(crate) within: Option<Ident>,
    /// `::<T>`, colons included.
    pub(crate) turbofish: Option<TokenStream>,
    /// One for most; several for `union` and `join`; none for a source.
    pub(crate) inputs: Vec<Port>,
    /// What the user calls the inputs, where there are several.
    pub(crate) streams: Vec<Called>,
    /// Positional arguments, as the spec types them.
    pub(crate) args: Vec<ArgValue>,
    /// Named arguments and modifiers, as the spec types them.
    pub(crate) options: Vec<Opt>,
    /// What is known about the main output.
    pub(crate) facts: Facts,
    /// The stream name the id was derived from is the user's own (`let`), so the id is stable.
    pub(crate) named: bool,
}

impl Node {
    /// A sink inside `dead_letter(…)`: it reads what a decode could not.
    pub(crate) fn is_dead_letter(&self) -> bool {
        self.within.as_ref().is_some_and(|within| within == "dead_letter")
    }

    /// The option of that name, the first if it repeats.
    pub(crate) fn option(&self, name: &str) -> Option<&Opt> {
        self.options.iter().find(|option| option.spec == name)
    }
}

/// A stream where an operator with several inputs reads it: the first and the last name of its chain, which is one for a bound stream.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) head: Ident,
    pub(crate) last: Ident,
}

/// An option that was given, or inherited.
#[derive(Debug)]
pub(crate) struct Opt {
    /// Its name in the spec.
    pub(crate) spec: &'static str,
    /// The user's own token of the name; the node's name where it was inherited.
    pub(crate) name: Ident,
    /// Usually one; `config(k, v)` has two, `json()` none.
    pub(crate) values: Vec<ArgValue>,
}

/// An argument as its spec types it. Literals have been checked, expressions are opaque.
#[derive(Clone, Debug)]
pub(crate) enum ArgValue {
    /// A closure or a path to a function. `params` is `None` for a path.
    Function { tokens: TokenStream, params: Option<usize> },
    /// Any Rust expression.
    Expr(TokenStream),
    /// A time span.
    Duration(Quantity<Duration>),
    /// A whole number.
    Number(Quantity<u64>),
    /// One of the words that the spec lists: `earliest`, `unbounded`, `skip`, `true`.
    Word(Ident),
    /// A word with an argument: `timestamp(expr)`, `offsets(expr)`.
    WordCall(Ident, TokenStream),
    /// `dead_letter(sink)`: the word, and the sink's node, which reads [`Output::Errors`] of this one.
    DeadLetter(Ident, NodeId),
    /// `tumbling(1min)`
    Window(WindowShape),
    /// `-5min..=15min`: both ends.
    Range(Shift, Shift),
    /// The expression of `agg`.
    Aggregation(Box<Aggregation>),
    /// Not given here: taken from elsewhere in the pipeline.
    Inherited(Inherited),
    /// Tokens that a diagnostic has been given for.
    Broken(TokenStream),
}

/// A literal with a unit, or an expression of that type.
#[derive(Clone, Debug)]
pub(crate) enum Quantity<T> {
    /// Checked; the span is the user's literal.
    Literal(T, Span),
    /// A Rust expression, opaque.
    Expr(TokenStream),
}

impl Graph {
    /// The decodes that read a source.
    pub(crate) fn decodes_of(&self, source: NodeId) -> Vec<NodeId> {
        let nodes = self.nodes.iter().enumerate();
        let decodes = nodes
            .filter(|(_, node)| node.spec.kind == Kind::Decode && node.inputs.iter().any(|input| input.node == source));
        decodes.map(|(at, _)| NodeId(at)).collect()
    }
}

impl Marked {
    /// What follows the stream's name in the id of one of its operators: nothing where the operator carries the name itself.
    pub(crate) fn rest<'i>(&self, id: &'i str) -> Option<&'i str> {
        let rest = id.strip_prefix(self.base.as_str())?;
        (rest.is_empty() || rest.starts_with('.')).then_some(rest)
    }
}

/// Where an inherited option comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inherited {
    /// The setting of the same name.
    Setting,
    /// The option of the same name on that node.
    Node(NodeId),
}

/// The shape of a window.
#[derive(Clone, Debug)]
pub(crate) struct WindowShape {
    /// The user's word.
    pub(crate) word: Ident,
    pub(crate) shape: &'static Shape,
    /// The lengths that the shape asks for, in its order.
    pub(crate) lengths: Vec<Quantity<Duration>>,
    pub(crate) offset: Option<Shift>,
}

/// A time span with a sign: how windows lie to the epoch, or how much later another record may be.
#[derive(Clone, Debug)]
pub(crate) struct Shift {
    /// It has a minus in front.
    pub(crate) earlier: bool,
    pub(crate) amount: Quantity<Duration>,
}

/// What is known about the main output of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: StreamKind,
    pub(crate) event_time: EventTime,
    /// Key, headers, partition and offset of the source record are still at hand.
    pub(crate) meta: bool,
    /// A later record of the same key replaces an earlier one (`running`).
    pub(crate) updating: bool,
    /// A diagnostic has been given upstream: rules must stay silent about it.
    pub(crate) poisoned: bool,
}

/// Whether records carry event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventTime {
    No,
    Yes,
    /// Behind a `union` of streams with and without.
    Mixed,
}

/// `settings(…)`, checked. Everything is optional; defaults are the runtime's.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) batch_interval: Option<Quantity<Duration>>,
    pub(crate) stop_timeout: Option<Quantity<Duration>>,
    pub(crate) trigger: Option<Trigger>,
    pub(crate) guarantee: Option<Ident>,
    pub(crate) on_panic: Option<Ident>,
    pub(crate) task_tries: Option<Quantity<u64>>,
    pub(crate) threads: Option<Quantity<u64>>,
    pub(crate) key_partitions: Option<Quantity<u64>>,
    pub(crate) max_batch_rows: Option<Quantity<u64>>,
    pub(crate) max_batch_bytes: Option<Quantity<u64>>,
    pub(crate) max_in_flight_bytes: Option<Quantity<u64>>,
    pub(crate) brokers: Option<TokenStream>,
    pub(crate) checkpoint: Option<TokenStream>,
}

impl Settings {
    /// The pipeline must not promise less than exactly-once.
    pub(crate) fn exactly_once(&self) -> bool {
        self.guarantee.as_ref().is_some_and(|word| word == "exactly_once")
    }

    /// `on_panic = …`
    pub(crate) fn on_panic(&self) -> OnPanic {
        match &self.on_panic {
            Some(word) if word == "skip" => OnPanic::Skip,
            Some(word) if word == "dead_letter" => OnPanic::DeadLetter,
            _ => OnPanic::Fail,
        }
    }
}

/// What becomes of a record over which a closure panics in each try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnPanic {
    Fail,
    Skip,
    DeadLetter,
}

/// `trigger = …`; the ident is the user's word.
#[derive(Debug)]
pub(crate) enum Trigger {
    Interval(Ident, Quantity<Duration>),
    Asap(Ident),
    AvailableNow(Ident),
}
