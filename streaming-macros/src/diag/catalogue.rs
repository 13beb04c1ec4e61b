//! Every message, once, with its code. In rustc's voice: lowercase, no full stop, what is wrong in the message and
//! what to do in the help.

use super::{Diagnostic, SpanRange};

/// The code of a mistake: stable, and the name of its page in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Tokens that are no pipeline at all.
    Syntax,
    /// An operator, option, setting or stream that does not exist.
    Unknown,
    /// A stream that never reaches a sink.
    Unread,
    /// What needs event time, without.
    EventTime,
    /// An operator on a stream that it does not fit.
    Misfit,
    /// State without a bound.
    Unbounded,
    /// A duplicate or missing name.
    Name,
    /// A guarantee that cannot be given.
    Guarantee,
    /// A bad unit or a value out of range.
    Unit,
    /// A window that cannot be.
    Window,
    /// Wrong arguments.
    Arguments,
    /// A stream used before it is bound.
    Order,
    /// An append-only sink behind updates.
    Updates,
}

impl Code {
    /// `SP0101`
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Syntax => "SP0100",
            Self::Unknown => "SP0101",
            Self::Unread => "SP0102",
            Self::EventTime => "SP0103",
            Self::Misfit => "SP0104",
            Self::Unbounded => "SP0105",
            Self::Name => "SP0106",
            Self::Guarantee => "SP0107",
            Self::Unit => "SP0108",
            Self::Window => "SP0109",
            Self::Arguments => "SP0110",
            Self::Order => "SP0112",
            Self::Updates => "SP0113",
        }
    }
}

/// A message without help, on which the functions below build.
fn plain(code: Code, span: impl Into<SpanRange>, message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        code,
        span: span.into(),
        message: message.into(),
        help: None,
    }
}

impl Diagnostic {
    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

// ---- SP0100 ----

/// Any other break of the grammar.
#[cfg(test)]
pub(crate) fn syntax(span: impl Into<SpanRange>, message: String) -> Diagnostic {
    plain(Code::Syntax, span, message)
}

/// Something is missing, or something else stands in its place.
pub(crate) fn expected(span: impl Into<SpanRange>, what: &str) -> Diagnostic {
    plain(Code::Syntax, span, format!("expected {what}"))
}

/// Something is missing behind a token.
pub(crate) fn expected_behind(span: impl Into<SpanRange>, what: &str, before: &str) -> Diagnostic {
    plain(Code::Syntax, span, format!("expected {what} behind `{before}`"))
}

/// What syn found in an expression or in ordinary Rust.
pub(crate) fn from_syn(error: &syn::Error) -> Diagnostic {
    let message = error.to_string();
    let message = message.strip_prefix("unexpected end of input, ").unwrap_or(&message);
    plain(Code::Syntax, error.span(), message)
}

/// An attribute on a stream.
pub(crate) fn attribute(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "unexpected attribute on a stream")
        .help("a stream takes doc comments and `#[was = \"old_name\"]`")
}

// ---- SP0101 ----

/// A name that the table of its kind does not have.
pub(crate) fn unknown(
    span: impl Into<SpanRange>,
    what: &str,
    name: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let error = plain(Code::Unknown, span, format!("unknown {what} `{}`", shortened(name)));
    choice(error, meant, known)
}

fn choice(error: Diagnostic, meant: Option<&str>, known: &[&str]) -> Diagnostic {
    match meant {
        Some(meant) => error.help(format!("did you mean `{meant}`?")),
        None if known.is_empty() => error,
        None => error.help(format!("there is {}", listed(known))),
    }
}

/// An option that its owner does not have.
pub(crate) fn unknown_option(
    span: impl Into<SpanRange>,
    owner: &str,
    name: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let message = format!("unknown option `{name}` of `{owner}`");
    choice(plain(Code::Unknown, span, message), meant, known)
}

/// A word that its option or setting does not know.
pub(crate) fn unknown_value(
    span: impl Into<SpanRange>,
    owner: &str,
    text: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let message = format!("unknown value `{}` of `{owner}`", shortened(text));
    choice(plain(Code::Unknown, span, message), meant, known)
}

/// `kafka(topic = "orders")`
pub(crate) fn named_argument(span: impl Into<SpanRange>, owner: &str, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("`{name}` of `{owner}` is not an option"))
        .help(format!("write the value alone, without `{name} =`"))
}

/// An option of one that has none.
pub(crate) fn no_options(span: impl Into<SpanRange>, operator: &str, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("unknown option `{name}` of `{operator}`"))
        .help(format!("`{operator}` has no options"))
}

/// `.kafka(…)`
pub(crate) fn head_as_method(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("`{name}` cannot stand behind a dot"))
        .help(format!("begin a stream with it: `let stream = {name}(…);`"))
}

/// `.json().brokers(…)`
pub(crate) fn detached_option(span: impl Into<SpanRange>, name: &str, owner: &str) -> Diagnostic {
    plain(
        Code::Unknown,
        span,
        format!("`{name}` is an option of `{owner}`, not of the stream"),
    )
    .help(format!("move `.{name}(…)` directly behind `{owner}(…)`"))
}

/// `.on_error(…)` with no decode just before it.
pub(crate) fn ownerless_option(span: impl Into<SpanRange>, name: &str, owners: &[&str]) -> Diagnostic {
    plain(
        Code::Unknown,
        span,
        format!("`{name}` is an option, and nothing before it takes it"),
    )
    .help(format!("put it directly behind {}", listed(owners)))
}

// ---- SP0102 ----

/// A stream that nothing reads.
pub(crate) fn unread(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unread, span, format!("stream `{name}` never reaches a sink")).help(format!(
        "write it with `{name}.to(…)` or `{name}.print()`, or call it `_{name}`"
    ))
}

/// A statement that begins a chain and does not end it.
pub(crate) fn open_chain(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Unread, span, "this chain never reaches a sink")
        .help("end it with `.to(…)` or `.print()`, or bind it with `let`")
}

/// A pipeline that writes nothing.
pub(crate) fn no_sink(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Unread, span, "this pipeline has no sink").help("end a stream with `.to(…)` or `.print()`")
}

/// A pipeline without anything in it.
pub(crate) fn no_source(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Unread, span, "this pipeline has no source").help("begin with one: `let lines = stdin().lines();`")
}

// ---- SP0103 ----

/// `window` on a stream without event time.
pub(crate) fn needs_event_time(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` needs event time, and this stream has none"),
    )
    .help("add `.event_time(|record| …, max_delay = 30s)` before `.key_by(…)`")
}

/// `window` behind a `union` of which one side has no event time.
pub(crate) fn mixed_event_time(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` needs event time, and not every stream of the union has it"),
    )
    .help("add `.event_time(…)` to each stream, or once behind `union(…)`")
}

/// `.late()` behind an aggregate that has no windows.
pub(crate) fn late_without_window(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` needs windows, and the aggregate before it has none"),
    )
    .help("only `.event_time(…)` with `.window(…)` makes a record late")
}

// ---- SP0104 ----

/// An operator on a stream that it does not fit: what it does not fit, and how to make it fit.
pub(crate) fn misfit(span: impl Into<SpanRange>, message: String, help: &str) -> Diagnostic {
    plain(Code::Misfit, span, message).help(help)
}

/// `let x = stream.print();`
pub(crate) fn bound_sink(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Misfit, span, "a sink gives nothing to bind").help("remove the `let`")
}

/// `window_start()` where there is no window.
pub(crate) fn no_window(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Misfit, span, format!("`{name}` outside a window"))
        .help("remove it, or aggregate over `.window(tumbling(…))`")
}

// ---- SP0105 ----

/// State that only grows.
pub(crate) fn unbounded(span: impl Into<SpanRange>, name: &str, option: &str) -> Diagnostic {
    plain(Code::Unbounded, span, format!("the state of `{name}` has no bound")).help(format!(
        "write `{name}({option} = 1h)`, or `{name}(unbounded)` if keys are few"
    ))
}

// ---- SP0106 ----

/// Two streams of one name.
pub(crate) fn duplicate_name(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("stream `{name}` is bound twice"))
        .help("a name is an operator's id, so it must be unique")
}

/// State that would not be found again.
pub(crate) fn unnamed_state(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("`{name}` keeps state, so it needs a name"))
        .help("bind it with `let NAME = …;` and write `NAME` to the sink")
}

// ---- SP0107 ----

/// `guarantee = exactly_once`
pub(crate) fn exactly_once(span: impl Into<SpanRange>) -> Diagnostic {
    plain(
        Code::Guarantee,
        span,
        "exactly-once needs a checkpoint, which this version does not have yet",
    )
    .help("use `guarantee = at_least_once`")
}

// ---- SP0108 ----

/// A bare number where a unit belongs.
pub(crate) fn no_unit(span: impl Into<SpanRange>, number: &str, example: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` has no unit")).help(format!("write `{number}{example}`"))
}

/// A unit that does not exist, where we know which one was meant.
pub(crate) fn misspelled_unit(span: impl Into<SpanRange>, wrong: &str, right: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("unknown unit in `{wrong}`")).help(format!("write `{right}`"))
}

/// A unit of something else.
pub(crate) fn unknown_unit(span: impl Into<SpanRange>, wrong: &str, units: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("unknown unit in `{wrong}`")).help(units)
}

/// Something finer than the smallest unit.
pub(crate) fn fraction(span: impl Into<SpanRange>, number: &str, smallest: &str) -> Diagnostic {
    plain(
        Code::Unit,
        span,
        format!("`{number}` is not a whole number of {smallest}"),
    )
    .help("use a smaller unit")
}

/// Zero, negative, or too much.
pub(crate) fn out_of_range(span: impl Into<SpanRange>, number: &str, range: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` is out of range")).help(range)
}

/// `key_partitions = 48`
pub(crate) fn not_a_power_of_two(span: impl Into<SpanRange>, number: u64, near: u64) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` is not a power of two")).help(format!("write `{near}`"))
}

// ---- SP0109 ----

/// `tumbling(0s)`
pub(crate) fn empty_window(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Window, span, "a window of no length").help("write for example `tumbling(1min)`")
}

// ---- SP0110 ----

/// Too many or too few positional arguments.
pub(crate) fn arity(span: impl Into<SpanRange>, name: &str, takes: &str, given: usize, signature: &str) -> Diagnostic {
    let noun = if takes == "1" { "argument" } else { "arguments" };
    plain(
        Code::Arguments,
        span,
        format!("`{name}` takes {takes} {noun}, {given} given"),
    )
    .help(format!("write `{signature}`"))
}

/// A closure with the wrong number of parameters.
pub(crate) fn parameters(span: impl Into<SpanRange>, name: &str, takes: &str, given: usize) -> Diagnostic {
    let noun = if given == 1 { "parameter" } else { "parameters" };
    plain(
        Code::Arguments,
        span,
        format!("the closure of `{name}` has {given} {noun}"),
    )
    .help(format!("it takes {takes}"))
}

/// `|record, meta|` where the meta is gone.
pub(crate) fn meta_gone(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("`{name}` has no meta here: a union or an aggregate stands before it"),
    )
    .help("take one parameter, or copy what you need from the meta into the record further up")
}

/// A required option is missing.
pub(crate) fn missing_option(span: impl Into<SpanRange>, name: &str, option: &str, inherits: bool) -> Diagnostic {
    let elsewhere = if inherits {
        format!(", or `settings({option} = …)` for all")
    } else {
        String::new()
    };
    let help = if inherits {
        format!("add `.{option}(…)`{elsewhere}")
    } else {
        format!("add `{option} = …`")
    };
    plain(Code::Arguments, span, format!("`{name}` needs the option `{option}`")).help(help)
}

/// None of several options, one of which is needed.
pub(crate) fn missing_choice(span: impl Into<SpanRange>, name: &str, choice: &[&str]) -> Diagnostic {
    let calls: Vec<String> = choice.iter().map(|option| format!("`.{option}()`")).collect();
    plain(Code::Arguments, span, format!("`{name}` needs a format")).help(format!("add {}", calls.join(" or ")))
}

/// Two options that exclude each other.
pub(crate) fn exclusive(span: impl Into<SpanRange>, one: &str, other: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("`{one}` and `{other}` exclude each other"),
    )
    .help("keep one of them")
}

/// An option or setting given twice.
pub(crate) fn given_twice(span: impl Into<SpanRange>, what: &str, name: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("{what} `{name}` is given twice")).help("keep one of them")
}

/// `name = value` for an option that has not exactly one value.
pub(crate) fn option_form(span: impl Into<SpanRange>, option: &str, form: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("option `{option}` does not take one value"),
    )
    .help(format!("write `{form}`"))
}

/// A positional argument where only named ones may stand.
pub(crate) fn not_named(span: impl Into<SpanRange>, call: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`{call}` takes named arguments only")).help("write `name = value`")
}

/// An argument of the wrong sort.
pub(crate) fn wrong_argument(span: impl Into<SpanRange>, expected: &str, example: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("expected {expected}")).help(format!("write for example `{example}`"))
}

/// `let x = stream.split(…)`, and `let (a, b) = stream.map(…)`.
pub(crate) fn pattern(span: impl Into<SpanRange>, given: usize, bound: usize) -> Diagnostic {
    let noun = if given == 1 { "stream" } else { "streams" };
    let help = match given {
        1 => "bind it to one name: `let name = …;`".to_owned(),
        2 => "bind both: `let (yes, no) = …;`".to_owned(),
        many => format!("bind all: a tuple of {many} names, the last one for the rest"),
    };
    plain(
        Code::Arguments,
        span,
        format!("this gives {given} {noun}, but {bound} bound"),
    )
    .help(help)
}

// ---- SP0112 ----

/// A stream used above its `let`, perhaps in a circle.
pub(crate) fn used_too_early(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Order, span, format!("stream `{name}` is used before it is bound"))
        .help(format!("move `let {name} = …;` up; streams cannot form a cycle"))
}

// ---- SP0113 ----

/// Updates into a sink that can only append.
pub(crate) fn append_only(span: impl Into<SpanRange>, sink: &str) -> Diagnostic {
    plain(
        Code::Updates,
        span,
        format!("`{sink}` can only append, and this stream updates what it wrote before"),
    )
    .help("write it to `kafka(…)`, or aggregate over `.window(…)` or `.batch()` in place of `.running(…)`")
}

/// A list for people, short enough for one line of a terminal.
fn listed(names: &[&str]) -> String {
    const LINE: usize = 110;
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        let join = if at == 0 { "" } else { ", " };
        if text.len() + name.len() > LINE {
            text.push_str(", …");
            break;
        }
        text.extend([join, "`", name, "`"]);
    }
    text
}

/// User tokens may be of any length; a message may not.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
