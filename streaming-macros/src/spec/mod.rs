//! What the compiler knows about operators: the ground floor, which imports nothing of the crate.
//!
//! A spec is data. Each operator has its own in its file in `ops`, next to its code; the phases read the facts of the spec
//! that a node carries, and never ask which operator it is.

mod aggregates;
mod args;
mod shapes;
mod stream;
mod table;

pub(crate) use aggregates::{AggSpec, Bound, Given, Shows};
pub(crate) use args::{ArgSpec, Count, Need, Offer, OptSpec, Params, Part, Ty};
pub(crate) use shapes::Shape;
pub(crate) use stream::{Scope, StreamKind};
pub(crate) use table::Table;

/// Everything the compiler knows about one operator, source or sink.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts of a table, each read by one rule")]
pub(crate) struct OpSpec {
    /// As the user writes it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Plain Rust has a method of that name as well, so that it does not give a pipeline away.
    pub(crate) common: bool,
    /// Positional arguments.
    pub(crate) args: &'static [ArgSpec],
    /// Named arguments, and modifiers directly behind a source, decode or sink.
    pub(crate) options: &'static [OptSpec],
    pub(crate) takes: Takes,
    pub(crate) gives: Gives,
    /// What it does with a record, whatever reads its result.
    pub(crate) holds: Holds,
    /// What it must be told the type of, `::<T>`.
    pub(crate) typed: Option<&'static str>,
    /// Whether its function may try with `?`.
    pub(crate) tries: Tries,
    /// How many records leave it for each that enters it.
    pub(crate) rows: Rows,
    /// Stands only where records carry event time.
    pub(crate) needs_event_time: bool,
    /// What it does to event time.
    pub(crate) event_time: TimeEffect,
    /// What bounds its state; `None` where none of it outlives a batch.
    pub(crate) state: Option<Bounds>,
    /// Key, headers and offset of the source record are gone after it.
    pub(crate) drops_meta: bool,
    /// Takes one record of a key after the other: two states of a key cannot be merged.
    pub(crate) one_by_one: bool,
    /// Whether a later record replaces an earlier one after it: a function of the options that it was given.
    pub(crate) updates: fn(Options<'_>) -> bool,
    /// Its functions give rows by `emit` of their last parameter.
    pub(crate) emits: bool,
    /// What the result of an aggregate is called next to its key; `None` where it is the record itself.
    pub(crate) result: Option<&'static str>,
    /// How a source's bytes are cut for a decode.
    pub(crate) cut: Cut,
    /// A source or a sink of the user's own, which is judged by its type.
    pub(crate) custom: bool,
    /// A sink that cannot express updates.
    pub(crate) append_only: bool,
    /// A sink that must be given one of its formats.
    pub(crate) needs_format: bool,
    /// Why a pipeline with it cannot promise exactly-once.
    pub(crate) inexact: Option<&'static str>,
    /// The cargo feature of the runtime that has it.
    pub(crate) feature: Option<&'static str>,
}

/// Which options an operator was given, by name.
pub(crate) type Options<'a> = &'a dyn Fn(&str) -> bool;

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
    /// Two streams by key, each by an input of its own.
    Join,
    /// `late`, `errors`.
    Side,
    /// `print`, `to`: behind a dot, ends the chain.
    End,
    /// Inside `to(…)` and `dead_letter(…)`.
    Sink,
    Unknown,
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
    /// A scope of aggregates.
    Scoped,
    /// State that a function of the user's keeps.
    ByHand,
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

/// What an operator does with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// It looks at the record, and leaves it as it is.
    Looks,
    /// It needs the record by value.
    Takes,
}

/// Whether the function of an operator may try with `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tries {
    /// What it gives may be an `Option` or a `Result`.
    Freely,
    /// The same, but for a body that is plainly neither.
    UnlessPlain,
    /// What it gives is neither.
    Never,
}

/// How many records leave an operator for each that enters it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// One: its rows follow from the plan.
    One,
    /// One or none: it counts them.
    AtMostOne,
    /// Any number: it counts them.
    Any,
}

/// What an operator does to event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeEffect {
    Keeps,
    Sets,
    Drops,
}

/// What bounds state that outlives a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// The watermark: what it passes leaves.
    Watermark,
    /// This option, or the word `unbounded` in its place.
    Option(&'static str),
}

/// Where records end in the bytes of a source. A decode says what it reads, a source what it gives.
///
/// In the order in which a cut serves the other decodes of the source: who reads lines gets blank ones as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    /// Rows, by a reader of its own.
    Rows,
    /// Lines; what sources do by themselves.
    Lines,
    /// Lines that are not blank.
    Filled,
    /// Messages: each is a record as it comes.
    Messages,
}

impl OpSpec {
    /// What most operators are; each file says where its own differs.
    const BASE: Self = Self {
        name: "",
        kind: Kind::Unknown,
        common: false,
        args: &[],
        options: &[],
        takes: Takes::Records,
        gives: Gives::Kind(StreamKind::Records),
        holds: Holds::Looks,
        typed: None,
        tries: Tries::Freely,
        rows: Rows::One,
        needs_event_time: false,
        event_time: TimeEffect::Keeps,
        state: None,
        drops_meta: false,
        one_by_one: false,
        updates: |_| false,
        emits: false,
        result: None,
        cut: Cut::Lines,
        custom: false,
        append_only: false,
        needs_format: false,
        inexact: None,
        feature: None,
    };

    /// Reads records from outside.
    pub(crate) const SOURCE: Self = Self {
        kind: Kind::Source,
        takes: Takes::Nothing,
        gives: Gives::Kind(StreamKind::Raw),
        rows: Rows::Any,
        ..Self::BASE
    };

    /// Makes records of a source's bytes.
    pub(crate) const DECODE: Self = Self {
        kind: Kind::Decode,
        takes: Takes::Raw,
        rows: Rows::Any,
        ..Self::BASE
    };

    /// Works on one record at a time, and leaves it as it is.
    pub(crate) const RECORD: Self = Self {
        kind: Kind::Record,
        gives: Gives::Same,
        ..Self::BASE
    };

    /// Makes another record of each.
    pub(crate) const MAP: Self = Self {
        kind: Kind::Record,
        holds: Holds::Takes,
        ..Self::BASE
    };

    /// Cuts one stream into several.
    pub(crate) const PARTS: Self = Self {
        kind: Kind::Parts,
        ..Self::BASE
    };

    /// Says over what is aggregated.
    pub(crate) const SCOPE: Self = Self {
        kind: Kind::Scope,
        takes: Takes::Keyed,
        ..Self::BASE
    };

    /// Makes records of all that have a key, within a scope.
    pub(crate) const AGGREGATE: Self = Self {
        kind: Kind::Reduce,
        takes: Takes::Scoped,
        rows: Rows::Any,
        drops_meta: true,
        result: Some("value"),
        ..Self::BASE
    };

    /// Puts records of two streams together that have the same key.
    pub(crate) const JOIN: Self = Self {
        kind: Kind::Join,
        holds: Holds::Takes,
        rows: Rows::Any,
        drops_meta: true,
        ..Self::BASE
    };

    /// Reads what another operator upstream leaves out.
    pub(crate) const SIDE: Self = Self {
        kind: Kind::Side,
        drops_meta: true,
        ..Self::BASE
    };

    /// Puts several streams into one.
    pub(crate) const UNION: Self = Self {
        kind: Kind::Union,
        holds: Holds::Takes,
        rows: Rows::Any,
        drops_meta: true,
        ..Self::BASE
    };

    /// Says when records happened.
    pub(crate) const TIME: Self = Self {
        kind: Kind::Time,
        gives: Gives::Same,
        event_time: TimeEffect::Sets,
        ..Self::BASE
    };

    /// Says which records belong together.
    pub(crate) const KEY: Self = Self {
        kind: Kind::KeyBy,
        gives: Gives::Kind(StreamKind::Keyed),
        ..Self::BASE
    };

    /// Ends a chain.
    pub(crate) const END: Self = Self {
        kind: Kind::End,
        gives: Gives::Kind(StreamKind::End),
        ..Self::BASE
    };

    /// Writes records.
    pub(crate) const SINK: Self = Self {
        kind: Kind::Sink,
        ..Self::END
    };

    /// Stands in for an operator that the table does not have, so that the graph stays whole.
    pub(crate) const UNKNOWN: &'static Self = &Self {
        takes: Takes::Nothing,
        gives: Gives::Same,
        ..Self::BASE
    };

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<&OptSpec> {
        self.options.iter().find(|option| option.name == name)
    }

    /// The formats of which one must be given; none where none must.
    pub(crate) fn formats(&self) -> Vec<&'static str> {
        let formats = self.options.iter().filter(|option| self.needs_format && option.format);
        formats.map(|option| option.name).collect()
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

    /// Whether one of its positional arguments is of such a type.
    pub(crate) fn has_arg(&self, fits: impl Fn(Ty) -> bool) -> bool {
        self.args.iter().any(|arg| fits(arg.ty))
    }

    /// Whether it counts the records that leave it: their number does not follow from those that enter it.
    pub(crate) fn counts(&self) -> bool {
        self.rows != Rows::One
    }

    /// The call as messages write it: `event_time(|record| …, max_delay = …)`.
    pub(crate) fn signature(&self) -> String {
        let args = self.args.iter().map(|arg| match arg.count {
            Count::AtLeast(_) => format!("{}, …", arg.example()),
            Count::One | Count::Optional => arg.example().to_owned(),
        });
        let required = self.options.iter().filter(|option| option.required && !option.inherits);
        let (named, calls): (Vec<&OptSpec>, Vec<&OptSpec>) = required.partition(|option| option.values.len() == 1);
        let named = named.into_iter().map(|option| format!("{} = …", option.name));
        let parts: Vec<String> = args.chain(named).collect();
        let calls: String = calls.into_iter().map(OptSpec::form).collect();
        format!("{}({}){calls}", self.name, parts.join(", "))
    }
}

impl Kind {
    /// It stands at the head of a chain.
    pub(crate) fn is_head(self) -> bool {
        matches!(self, Self::Source | Self::Union)
    }

    /// It stands behind a dot.
    pub(crate) fn is_method(self) -> bool {
        !self.is_head() && !matches!(self, Self::Sink | Self::Unknown)
    }

    /// It writes records.
    pub(crate) fn is_sink(self) -> bool {
        matches!(self, Self::Sink | Self::End)
    }

    /// It stands behind an exchange, which brings it its records by key.
    pub(crate) fn is_keyed(self) -> bool {
        matches!(self, Self::Reduce | Self::Join)
    }

    /// Its options may also be written as methods directly behind it.
    pub(crate) fn has_modifiers(self) -> bool {
        matches!(
            self,
            Self::Source | Self::Decode | Self::Reduce | Self::Sink | Self::Join
        )
    }
}
