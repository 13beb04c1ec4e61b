//! The operator table: one file per operator, which holds all that is said about it.
//!
//! Rules, names, completion and emission read these facts; no phase knows an operator by its name.

pub(crate) mod agg;
pub(crate) mod batch;
pub(crate) mod branch;
pub(crate) mod channel;
pub(crate) mod collect;
pub(crate) mod count;
pub(crate) mod csv;
pub(crate) mod errors;
pub(crate) mod event_time;
pub(crate) mod files;
pub(crate) mod files_sink;
pub(crate) mod filter;
pub(crate) mod filter_map;
pub(crate) mod flat_map;
pub(crate) mod fold;
pub(crate) mod inspect;
pub(crate) mod json;
pub(crate) mod kafka;
pub(crate) mod kafka_sink;
pub(crate) mod key_by;
pub(crate) mod late;
pub(crate) mod lines;
pub(crate) mod map;
pub(crate) mod memory;
pub(crate) mod print;
pub(crate) mod rate;
pub(crate) mod reduce;
pub(crate) mod running;
pub(crate) mod sink;
pub(crate) mod socket;
pub(crate) mod source;
pub(crate) mod split;
pub(crate) mod stdin;
pub(crate) mod sum;
pub(crate) mod to;
pub(crate) mod union;
pub(crate) mod window;

use crate::graph::StreamKind;

/// Everything the compiler knows about one operator, source or sink.
#[derive(Debug)]
pub(crate) struct OpSpec {
    /// As the user writes it.
    pub(crate) name: &'static str,
    pub(crate) op: OpKind,
    pub(crate) kind: Kind,
    /// One line, for documentation and completion.
    pub(crate) summary: &'static str,
    /// Positional arguments.
    pub(crate) args: &'static [ArgSpec],
    /// Named arguments, and modifiers directly behind a source, decode or sink.
    pub(crate) options: &'static [OptSpec],
    pub(crate) takes: Takes,
    pub(crate) gives: Gives,
    /// Stands only where records carry event time.
    pub(crate) needs_event_time: bool,
    /// What it does to event time.
    pub(crate) event_time: TimeEffect,
    /// Its state outlives a batch, so it (or the aggregate behind it) needs a stable name.
    pub(crate) stateful: bool,
    /// Its state must be bounded by this option, or by the word `unbounded`.
    pub(crate) bounded_by: Option<&'static str>,
    /// Key, headers and offset of the source record are gone behind it.
    pub(crate) drops_meta: bool,
    /// A later record replaces an earlier one behind it.
    pub(crate) updating: bool,
    /// A sink that cannot express updates.
    pub(crate) append_only: bool,
    /// A sink's formats, one of which must be given; empty where it needs none.
    pub(crate) one_of: &'static [&'static str],
}

/// A stable identity for exhaustive matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OpKind {
    Agg,
    Batch,
    Branch,
    Channel,
    Collect,
    Count,
    Csv,
    Errors,
    EventTime,
    FilesSink,
    FilesSource,
    Filter,
    FilterMap,
    FlatMap,
    Fold,
    Inspect,
    Json,
    KafkaSink,
    KafkaSource,
    KeyBy,
    Late,
    Lines,
    Map,
    Memory,
    Print,
    Rate,
    Reduce,
    Running,
    SinkExpr,
    Socket,
    SourceExpr,
    Split,
    Stdin,
    Sum,
    /// Never a node: `to` is replaced by the sink inside it.
    To,
    Union,
    /// Not in the table; only in a graph with diagnostics.
    Unknown,
    Window,
}

/// The group an operator belongs to, which fixes where it may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// At the head of a chain.
    Source,
    /// `union`: at the head of a chain.
    Union,
    Decode,
    Record,
    /// `split`, `branch`.
    Parts,
    Time,
    KeyBy,
    Scope,
    Reduce,
    /// `late`, `errors`.
    Side,
    /// `print`, `to`: behind a dot, ends the chain.
    End,
    /// Inside `to(…)` and `dead_letter(…)`.
    Sink,
    Unknown,
}

/// A positional argument.
#[derive(Debug)]
pub(crate) struct ArgSpec {
    /// For messages and documentation.
    pub(crate) name: &'static str,
    pub(crate) ty: Ty,
    pub(crate) count: Count,
}

/// How often a positional argument may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    One,
    Optional,
    /// The last of its call: this many or more.
    AtLeast(usize),
}

/// A named argument.
#[derive(Debug)]
pub(crate) struct OptSpec {
    pub(crate) name: &'static str,
    /// One for `name = value`; none or several only as a modifier: `.json()`, `.config(k, v)`.
    pub(crate) values: &'static [Ty],
    pub(crate) required: bool,
    /// Taken from the settings or from the pipeline's sources where it is not given.
    pub(crate) inherits: bool,
    pub(crate) repeats: bool,
}

/// What an argument is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ty {
    /// A function of the record, or of the record and its meta.
    RecordFn,
    /// A function of that many parameters.
    Function(usize),
    Expr,
    /// More than nothing.
    Duration,
    Bytes,
    Number,
    /// One of these words, or of these words with an argument.
    Words(&'static [&'static str], &'static [&'static str]),
    /// `fail`, `skip` or `dead_letter(sink)`.
    OnError,
    Window,
    Aggregation,
    Sink,
    Stream,
}

/// What must stand before an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// Directly a source.
    Raw,
    /// Records, decoded or not.
    Records,
    Keyed,
    Scoped,
    /// A decode somewhere upstream.
    Decoded,
    /// A windowed aggregate somewhere upstream.
    Windowed,
}

/// What comes out of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    Kind(StreamKind),
    /// What went in.
    Same,
    /// `branch`: one more than it has arguments.
    PartsPlusOne,
}

/// What an operator does to event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeEffect {
    Keeps,
    Sets,
    /// An aggregate: only a window's end is a time.
    KeepsWindowed,
    Drops,
}

impl OpSpec {
    /// What most operators are; each file says where its own differs.
    pub(crate) const BASE: Self = Self {
        name: "",
        op: OpKind::Unknown,
        kind: Kind::Unknown,
        summary: "",
        args: &[],
        options: &[],
        takes: Takes::Records,
        gives: Gives::Same,
        needs_event_time: false,
        event_time: TimeEffect::Keeps,
        stateful: false,
        bounded_by: None,
        drops_meta: false,
        updating: false,
        append_only: false,
        one_of: &[],
    };
}

impl OptSpec {
    /// A plain optional option.
    pub(crate) const BASE: Self = Self {
        name: "",
        values: &[],
        required: false,
        inherits: false,
        repeats: false,
    };
}

/// Stands in for an operator that the table does not have, so that the graph stays whole.
pub(crate) const UNKNOWN: OpSpec = OpSpec::BASE;

/// All operators, in the order of the guide.
pub(crate) const TABLE: &[&OpSpec] = &[
    &stdin::SPEC,
    &files::SPEC,
    &socket::SPEC,
    &rate::SPEC,
    &memory::SPEC,
    &channel::SPEC,
    &kafka::SPEC,
    &source::SPEC,
    &union::SPEC,
    &lines::SPEC,
    &json::SPEC,
    &csv::SPEC,
    &map::SPEC,
    &filter::SPEC,
    &filter_map::SPEC,
    &flat_map::SPEC,
    &inspect::SPEC,
    &split::SPEC,
    &branch::SPEC,
    &event_time::SPEC,
    &key_by::SPEC,
    &batch::SPEC,
    &running::SPEC,
    &window::SPEC,
    &agg::SPEC,
    &reduce::SPEC,
    &fold::SPEC,
    &count::SPEC,
    &sum::SPEC,
    &late::SPEC,
    &errors::SPEC,
    &print::SPEC,
    &to::SPEC,
    &kafka_sink::SPEC,
    &files_sink::SPEC,
    &collect::SPEC,
    &sink::SPEC,
];
