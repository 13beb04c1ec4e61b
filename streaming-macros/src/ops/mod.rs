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
pub(crate) mod decode;
pub(crate) mod emit;
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
#[expect(clippy::struct_excessive_bools, reason = "facts of a table, each read by one rule")]
pub(crate) struct OpSpec {
    /// As the user writes it.
    pub(crate) name: &'static str,
    pub(crate) op: OpKind,
    pub(crate) kind: Kind,
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
    /// Takes one record of a key after the other: two states of a key cannot be merged.
    pub(crate) one_by_one: bool,
    /// A later record replaces an earlier one behind it.
    pub(crate) updating: bool,
    /// A sink that cannot express updates.
    pub(crate) append_only: bool,
    /// A sink's formats, one of which must be given; empty where it needs none.
    pub(crate) one_of: &'static [&'static str],
    /// Why a pipeline with it cannot promise exactly-once.
    pub(crate) inexact: Option<&'static str>,
    /// The cargo feature of the runtime that has it.
    pub(crate) feature: Option<&'static str>,
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
    /// Does something only beside one of these.
    pub(crate) needs: &'static [&'static str],
    /// Does nothing beside one of these.
    pub(crate) excludes: &'static [&'static str],
    /// A modifier of named arguments, `.roll(size = 1GiB)`: which there are. Each is an option of its own, here by the name of the runtime's method.
    pub(crate) parts: &'static [Part],
}

/// A named argument of a modifier.
#[derive(Debug)]
pub(crate) struct Part {
    /// As the user writes it.
    pub(crate) name: &'static str,
    pub(crate) option: OptSpec,
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
    /// A duration that may be nothing.
    Delay,
    /// The same, or this word.
    DelayOr(&'static str),
    /// A number of bytes.
    Size,
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
    Drops,
}

impl OpSpec {
    /// What most operators are; each file says where its own differs.
    pub(crate) const BASE: Self = Self {
        name: "",
        op: OpKind::Unknown,
        kind: Kind::Unknown,
        args: &[],
        options: &[],
        takes: Takes::Records,
        gives: Gives::Same,
        needs_event_time: false,
        event_time: TimeEffect::Keeps,
        stateful: false,
        bounded_by: None,
        drops_meta: false,
        one_by_one: false,
        updating: false,
        append_only: false,
        one_of: &[],
        inexact: None,
        feature: None,
    };

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<&OptSpec> {
        self.options.iter().find(|option| option.name == name)
    }

    /// How few positional arguments it takes, and how many at most.
    pub(crate) fn arity(&self) -> (usize, Option<usize>) {
        self.args
            .iter()
            .fold((0, Some(0)), |(least, most), arg| match arg.count {
                Count::One => (least + 1, most.map(|most| most + 1)),
                Count::Optional => (least, most.map(|most| most + 1)),
                Count::AtLeast(count) => (least + count, None),
            })
    }

    /// The n-th positional argument; the last one may repeat.
    pub(crate) fn arg(&self, at: usize) -> Option<&ArgSpec> {
        self.args
            .get(at)
            .or_else(|| self.args.last().filter(|last| matches!(last.count, Count::AtLeast(_))))
    }

    /// The call as messages write it: `event_time(|record| …, max_delay = …)`.
    pub(crate) fn signature(&self) -> String {
        let args = self.args.iter().map(|arg| match arg.count {
            Count::AtLeast(_) => format!("{}, …", arg.example()),
            Count::One | Count::Optional => arg.example().to_owned(),
        });
        let required = self.options.iter().filter(|option| option.required && !option.inherits);
        let parts: Vec<String> = args
            .chain(required.map(|option| format!("{} = …", option.name)))
            .collect();
        format!("{}({})", self.name, parts.join(", "))
    }
}

impl ArgSpec {
    /// What stands for it in a message.
    fn example(&self) -> &'static str {
        match self.ty {
            Ty::RecordFn | Ty::Function(1) => "|record| …",
            Ty::Function(_) => "|so_far, record| …",
            Ty::Window => "tumbling(1min)",
            Ty::Aggregation => "(key(), count())",
            Ty::Sink => "files(dir).jsonl()",
            Ty::Stream => "a, b",
            Ty::Expr
            | Ty::Duration
            | Ty::Delay
            | Ty::DelayOr(_)
            | Ty::Size
            | Ty::Number
            | Ty::Words(..)
            | Ty::OnError => self.name,
        }
    }
}

impl OptSpec {
    /// A plain optional option.
    pub(crate) const BASE: Self = Self {
        name: "",
        values: &[],
        required: false,
        inherits: false,
        repeats: false,
        needs: &[],
        excludes: &[],
        parts: &[],
    };

    fn is_error_policy(&self) -> bool {
        matches!(self.values, [Ty::OnError])
    }
}

/// Stands in for an operator that the table does not have, so that the graph stays whole.
pub(crate) const UNKNOWN: OpSpec = OpSpec {
    takes: Takes::Nothing,
    ..OpSpec::BASE
};

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

/// What stands at the head of a chain: a source, or `union`.
pub(crate) fn head(name: &str) -> Option<&'static OpSpec> {
    find(name, Kind::is_head)
}

/// What stands behind a dot.
pub(crate) fn method(name: &str) -> Option<&'static OpSpec> {
    find(name, Kind::is_method)
}

/// What stands inside `to(…)`.
pub(crate) fn sink(name: &str) -> Option<&'static OpSpec> {
    find(name, |kind| kind == Kind::Sink)
}

fn find(name: &str, fits: impl Fn(Kind) -> bool) -> Option<&'static OpSpec> {
    TABLE.iter().copied().find(|spec| spec.name == name && fits(spec.kind))
}

/// The names of all heads.
pub(crate) fn heads() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|spec| spec.kind.is_head()).map(|spec| spec.name)
}

/// The names of all methods.
pub(crate) fn methods() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|spec| spec.kind.is_method()).map(|spec| spec.name)
}

/// The names of all sinks.
pub(crate) fn sinks() -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(|spec| spec.kind == Kind::Sink)
        .map(|spec| spec.name)
}

/// Method names that plain Rust has as well, so that they do not give a pipeline away.
const COMMON: [&str; 13] = [
    "count",
    "filter",
    "filter_map",
    "flat_map",
    "fold",
    "inspect",
    "lines",
    "map",
    "reduce",
    "split",
    "sum",
    "errors",
    "late",
];

/// Whether that method is hardly ever found outside a pipeline.
pub(crate) fn is_distinctive(name: &str) -> bool {
    method(name).is_some() && !COMMON.contains(&name)
        || TABLE
            .iter()
            .flat_map(|spec| spec.options)
            .any(|option| option.name == name && option.is_error_policy())
}

/// Whether that is an option that may be written as a method.
pub(crate) fn is_option(name: &str) -> bool {
    let owners = TABLE.iter().filter(|spec| spec.kind.has_modifiers());
    owners.flat_map(|spec| spec.options).any(|option| option.name == name)
}

impl Kind {
    fn is_head(self) -> bool {
        matches!(self, Self::Source | Self::Union)
    }

    fn is_method(self) -> bool {
        !self.is_head() && !matches!(self, Self::Sink | Self::Unknown)
    }

    /// Its options may also be written as methods directly behind it.
    pub(crate) fn has_modifiers(self) -> bool {
        matches!(self, Self::Source | Self::Decode | Self::Sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_where_they_are_looked_up() {
        for lookup in [heads().collect::<Vec<_>>(), methods().collect(), sinks().collect()] {
            let mut unique = lookup.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), lookup.len(), "{lookup:?}");
        }
    }

    #[test]
    fn every_spec_is_whole() {
        for spec in TABLE {
            assert!(
                spec.kind != Kind::Unknown && spec.op != OpKind::Unknown,
                "{}",
                spec.name
            );
            let last = spec.args.len().saturating_sub(1);
            let open = spec.args.iter().position(|arg| arg.count != Count::One);
            assert!(
                open.is_none_or(|at| at == last),
                "only the last argument of `{}` may repeat",
                spec.name
            );
            for choice in spec.one_of {
                assert!(spec.option(choice).is_some(), "{}", spec.name);
            }
            assert!(
                spec.bounded_by.is_none_or(|option| spec.option(option).is_some()),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn kinds_of_operators_stand_once() {
        let mut kinds: Vec<OpKind> = TABLE.iter().map(|spec| spec.op).collect();
        let count = kinds.len();
        kinds.sort_by_key(|kind| format!("{kind:?}"));
        kinds.dedup();
        assert_eq!(kinds.len(), count);
    }
}
