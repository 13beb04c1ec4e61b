//! Arguments and options.

/// A positional argument.
#[derive(Debug)]
pub(crate) struct ArgSpec {
    /// For messages and documentation.
    pub(crate) name: &'static str,
    pub(crate) ty: Ty,
    pub(crate) count: Count,
}

/// What a function takes.
#[derive(Debug)]
pub(crate) struct Params {
    pub(crate) count: usize,
    /// How many there are, and which, in words.
    pub(crate) takes: &'static str,
    pub(crate) example: &'static str,
    /// What its last parameter offers where something else is there as well.
    pub(crate) offers: &'static [Offer],
}

/// Methods of a parameter that need something.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) methods: &'static [&'static str],
    pub(crate) needs: Need,
}

/// What a method needs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    EventTime,
    /// This option of the operator.
    Option(&'static str),
}

impl Params {
    /// The record alone.
    pub(crate) const RECORD: Self = Self {
        count: 1,
        takes: "one, the record",
        example: "|record| …",
        offers: &[],
    };

    /// What comes together by key: what has come so far, and the next record.
    pub(crate) const SO_FAR: Self = Self {
        count: 2,
        takes: "two, what has come of the records so far and the next record",
        example: "|so_far, record| …",
        offers: &[],
    };
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
#[expect(clippy::struct_excessive_bools, reason = "facts of a table, each read by one rule")]
pub(crate) struct OptSpec {
    pub(crate) name: &'static str,
    /// One for `name = value`; none or several only as a modifier: `.json()`, `.config(k, v)`.
    pub(crate) values: &'static [Ty],
    pub(crate) required: bool,
    /// Taken from the settings or from the pipeline's sources where it is not given.
    pub(crate) inherits: bool,
    pub(crate) repeats: bool,
    /// Does something only next to one of these.
    pub(crate) needs: &'static [&'static str],
    /// Cannot stand next to one of these.
    pub(crate) excludes: &'static [&'static str],
    /// Values behind the first one may be passwords: they are shown to nobody.
    pub(crate) secret: bool,
    /// A modifier of named arguments, `.roll(size = 1GiB)`: which there are. Each is an option of its own, here by the name of the runtime's method.
    pub(crate) parts: &'static [Part],
    /// It is the format of a sink, whose other options are those of the format.
    pub(crate) format: bool,
    /// It says where the records of a source end.
    pub(crate) cuts: bool,
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
    /// A function of the record.
    Function,
    /// A function of the records of that input.
    InputFn(usize),
    /// A function that takes what rests behind an exchange, or is on its way there.
    Step(&'static Params),
    /// What the state of a key begins with: an expression that runs for each new key.
    Init,
    /// An expression that runs once, when the pipeline is built.
    Expr,
    /// More than nothing.
    Duration,
    /// A duration that may be nothing.
    Delay,
    /// The same, or this word.
    DelayOr(&'static str),
    /// From one time to another, both included: `-5min..=15min`.
    Range,
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

impl ArgSpec {
    /// One function of the record, or of the record and its meta: what most operators take.
    pub(crate) const RECORD_FN: Self = Self {
        name: "f",
        ty: Ty::RecordFn,
        count: Count::One,
    };

    /// What stands for it in a message.
    pub(super) fn example(&self) -> &'static str {
        match self.ty {
            Ty::RecordFn | Ty::Function | Ty::InputFn(_) => "|record| …",
            Ty::Step(params) => params.example,
            Ty::Range => "-5min..=15min",
            Ty::Window => "tumbling(1min)",
            Ty::Aggregation => "(key(), count())",
            Ty::Sink => "files(dir).jsonl()",
            Ty::Stream if self.count == Count::One => "stream",
            Ty::Stream => "a, b",
            Ty::Init
            | Ty::Expr
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
        secret: false,
        parts: &[],
        format: false,
        cuts: false,
    };

    /// `on_error = …`: what becomes of input that a decode cannot read, or of a record that a sink refuses.
    pub(crate) const ON_ERROR: Self = Self {
        name: "on_error",
        values: &[Ty::OnError],
        ..Self::BASE
    };

    /// `max_record = 1MiB`: the source does not hold a longer one in memory.
    pub(crate) const MAX_RECORD: Self = Self {
        name: "max_record",
        values: &[Ty::Size],
        cuts: true,
        ..Self::BASE
    };

    /// `brokers = "…"`: once for the whole pipeline where it is not given here.
    pub(crate) const BROKERS: Self = Self {
        name: "brokers",
        values: &[Ty::Expr],
        required: true,
        inherits: true,
        ..Self::BASE
    };

    /// `.config(key, value)`: a setting of the client's own.
    pub(crate) const CONFIG: Self = Self {
        name: "config",
        values: &[Ty::Expr, Ty::Expr],
        repeats: true,
        secret: true,
        ..Self::BASE
    };

    /// What JSON sinks make of numbers that JSON does not have.
    pub(crate) const NON_FINITE: Self = Self {
        name: "non_finite",
        values: &[Ty::Words(&["fail", "null", "text"], &[])],
        needs: &["json", "jsonl"],
        ..Self::BASE
    };

    /// The option as a call behind its owner: `.config(key, value)`, `.json()`, `.roll(size = …)`.
    pub(crate) fn form(&self) -> String {
        let values = match (self.values, self.parts) {
            ([], [part, ..]) => &format!("{} = …", part.name),
            ([], []) => "",
            ([Ty::Range], _) => "-5min..=15min",
            ([_], _) => "…",
            ([Ty::InputFn(_), ..], _) => "|record| …, |record| …",
            _ => "key, value",
        };
        format!(".{}({values})", self.name)
    }

    pub(super) fn is_error_policy(&self) -> bool {
        matches!(self.values, [Ty::OnError])
    }

    /// It is a function that stands in a call of its own, behind its owner.
    pub(crate) fn follows(&self) -> bool {
        matches!(self.values, [Ty::Step(_)])
    }

    /// It is a function of the record, and runs in the loop.
    pub(crate) fn runs_in_the_loop(&self) -> bool {
        matches!(self.values, [Ty::RecordFn | Ty::Function])
    }
}
