//! What may stand in `agg(…)`: aggregates, and the places that are filled in from the group itself.

/// One aggregate function.
#[derive(Debug)]
pub(crate) struct AggSpec {
    /// As the user writes it.
    pub(crate) name: &'static str,
    /// Its arguments, as messages write them.
    pub(crate) args: &'static [&'static str],
    /// The runtime's accumulator.
    pub(crate) accumulator: &'static str,
    /// How many types of values the accumulator holds.
    pub(crate) types: usize,
    /// What an accumulator is given of each record.
    pub(crate) given: Given,
    /// What it shows of that at the end.
    pub(crate) shows: Shows,
}

/// What an accumulator is given of each record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// That there is one.
    Presence,
    /// A number that the function makes of it.
    Number,
    /// A value, which is compared with others.
    Compared,
    /// A value, which is told from others.
    Distinct,
    /// A value, and the record's place among others.
    Ordered,
    /// The record itself, by a rank that the function gives it.
    Record,
}

/// What an aggregate shows at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// A result of its own.
    Itself,
    /// One of the values that it was given.
    Kept,
    /// A list of what it was given.
    List,
}

/// What stands for a function of the record in messages.
const RECORD: &str = "|record| …";

/// All aggregate functions.
static AGGREGATES: [AggSpec; 10] = [
    AggSpec {
        args: &[],
        types: 0,
        ..AggSpec::of("count", "Count", Given::Presence)
    },
    AggSpec::of("sum", "Sum", Given::Number),
    AggSpec {
        shows: Shows::Kept,
        ..AggSpec::of("min", "Min", Given::Compared)
    },
    AggSpec {
        shows: Shows::Kept,
        ..AggSpec::of("max", "Max", Given::Compared)
    },
    AggSpec {
        types: 0,
        ..AggSpec::of("avg", "Avg", Given::Number)
    },
    AggSpec {
        shows: Shows::Kept,
        ..AggSpec::of("first", "First", Given::Ordered)
    },
    AggSpec {
        shows: Shows::Kept,
        ..AggSpec::of("last", "Last", Given::Ordered)
    },
    AggSpec {
        shows: Shows::List,
        ..AggSpec::of("collect", "Collect", Given::Ordered)
    },
    AggSpec::of("count_distinct", "CountDistinct", Given::Distinct),
    AggSpec {
        args: &["n", RECORD],
        types: 2,
        shows: Shows::List,
        ..AggSpec::of("top", "Top", Given::Record)
    },
];

impl AggSpec {
    /// An aggregate of what one function makes of each record.
    const fn of(name: &'static str, accumulator: &'static str, given: Given) -> Self {
        Self {
            name,
            args: &[RECORD],
            accumulator,
            types: 1,
            given,
            shows: Shows::Itself,
        }
    }

    /// The aggregate of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        AGGREGATES.iter().find(|spec| spec.name == name)
    }
}

/// What the group itself fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Key,
    WindowStart,
    WindowEnd,
}

impl Bound {
    /// `key()`, `window_start()` and `window_end()`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "key" => Some(Self::Key),
            "window_start" => Some(Self::WindowStart),
            "window_end" => Some(Self::WindowEnd),
            _ => None,
        }
    }
}
