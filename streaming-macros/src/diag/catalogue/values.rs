//! SP0108, SP0109 and SP0110: arguments and what they say.

use std::time::Duration;

use super::{Code, Diagnostic, SpanRange, plain, shortened};

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

/// `1 s`
pub(crate) fn split_unit(span: impl Into<SpanRange>, number: &str, unit: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("unexpected space in `{number} {unit}`")).help(format!("write `{number}{unit}`"))
}

/// `64MiB` where a time belongs.
pub(crate) fn other_measure(span: impl Into<SpanRange>, number: &str, is: &str, units: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` is {is}")).help(units)
}

/// `"1s"`
pub(crate) fn quoted(span: impl Into<SpanRange>, text: &str, example: &str) -> Diagnostic {
    plain(
        Code::Unit,
        span,
        format!("expected a number, found the text `{}`", shortened(text)),
    )
    .help(format!("write for example `{example}`, without quotes"))
}

/// `30s` inside an expression or a closure.
pub(crate) fn stray_unit(span: impl Into<SpanRange>, number: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` inside an expression"))
        .help("a unit stands in an argument of its own only: write a `Duration` or a plain number here")
}

/// `1.5` threads.
pub(crate) fn not_whole(span: impl Into<SpanRange>, number: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("`{number}` is not a whole number")).help("write a whole number")
}

/// `1min30s`
pub(crate) fn two_units(span: impl Into<SpanRange>, number: &str) -> Diagnostic {
    plain(Code::Unit, span, format!("two units in `{number}`")).help("use one, such as `90s`")
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

/// `sliding(10min, every = 3min)`
pub(crate) fn uneven_slide(
    span: impl Into<SpanRange>,
    texts: [&str; 2],
    size: Duration,
    every: Duration,
) -> Diagnostic {
    const UNITS: [(u128, &str); 5] = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
        (1, "ms"),
    ];
    let [size_text, every_text] = texts;
    let (size, every) = (size.as_millis(), every.as_millis());
    // The nearest that divides the size, in the unit that is written, or else in a smaller one.
    let fits = |units: u128| move |count: &u128| *count > 0 && count * units <= size && size % (count * units) == 0;
    let near = UNITS
        .into_iter()
        .filter(|(unit, _)| every >= *unit)
        .find_map(|(unit, name)| {
            let written = every / unit;
            let off = (0..=written).find_map(|off| [written - off, written + off].into_iter().find(fits(unit)));
            off.map(|count| format!("{count}{name}"))
        });
    let message = format!("`every`, `{every_text}`, does not divide the size of the window, `{size_text}`");
    let near = near.unwrap_or_else(|| size_text.to_owned());
    plain(Code::Window, span, message).help(format!("write for example `every = {near}`"))
}

/// `sliding(10min)`
pub(crate) fn missing_length(span: impl Into<SpanRange>, shape: &str, name: &str, example: &str) -> Diagnostic {
    plain(Code::Window, span, format!("`{shape}` needs `{name} = …`")).help(format!("write for example `{example}`"))
}

/// `.window(session(gap = 30min)).fold(…)`
pub(crate) fn fold_cannot_merge(span: impl Into<SpanRange>, name: &str, shape: &str) -> Diagnostic {
    plain(
        Code::Window,
        span,
        format!("`{name}` takes one record at a time, and `{shape}` windows merge what they have of a key"),
    )
    .help("use `reduce` or `agg`, or windows that are `tumbling`")
}

/// `tumbling(1h, offset = 2h)`
pub(crate) fn long_offset(span: impl Into<SpanRange>, offset: &str, size: &str) -> Diagnostic {
    plain(
        Code::Window,
        span,
        format!(
            "the offset `{}` is not shorter than the window, `{size}`",
            offset.replace("- ", "-")
        ),
    )
    .help("an offset says where in the window the epoch lies: weeks from Monday are `tumbling(7d, offset = 4d)`")
}

/// `.within(15min)`
pub(crate) fn no_range(span: impl Into<SpanRange>, name: &str, given: &str, number: bool) -> Diagnostic {
    let help = if number && !given.starts_with('-') {
        format!("write `.{name}(0s..={given})` for what comes after, `.{name}(-{given}..={given})` for both directions")
    } else {
        format!("write for example `.{name}(-5min..=15min)`")
    };
    plain(Code::Window, span, format!("`{name}` takes a range of time")).help(help)
}

/// `.within(..=15min)`
pub(crate) fn open_range(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Window,
        span,
        "a range without an end: records would be kept for ever",
    )
    .help(format!("give both ends: `.{name}(-5min..=15min)`"))
}

/// `.within(-5min..15min)`
pub(crate) fn exclusive_range(span: impl Into<SpanRange>, first: &str, last: &str) -> Diagnostic {
    plain(Code::Window, span, "a range of time has both its ends").help(format!("write `{first}..={last}`"))
}

/// `.within(15min..=-5min)`
pub(crate) fn reversed_range(span: impl Into<SpanRange>, first: &str, last: &str) -> Diagnostic {
    plain(
        Code::Window,
        span,
        format!("the range `{first}..={last}` is upside down"),
    )
    .help(format!("the earlier end comes first: `{last}..={first}`"))
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

/// `key_by("user")`
pub(crate) fn literal_for_closure(span: impl Into<SpanRange>, name: &str, literal: &str, closure: &str) -> Diagnostic {
    let literal = shortened(literal);
    plain(Code::Arguments, span, format!("expected a closure, found `{literal}`"))
        .help(format!("write `{name}({closure})`"))
}

/// `sum(max(|record| …))`
pub(crate) fn nested_aggregate(span: impl Into<SpanRange>, outer: &str, inner: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`{inner}` inside `{outer}`")).help(format!(
        "an aggregate takes a closure of the record: `{outer}(|record| …)`"
    ))
}

/// `async |record| …`
pub(crate) fn async_closure(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("the closure of `{name}` is async"))
        .help("operators do not wait: what must be awaited belongs into a source or a sink")
}

/// `|record| load(record).await`
pub(crate) fn await_in_closure(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`.await` in the closure of `{name}`"))
        .help("operators do not wait: what must be awaited belongs into a source or a sink")
}

/// `.map(|line| line.parse::<u64>()? + 1)`
pub(crate) fn question_mark_in_closure(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("`?` in the closure of `{name}`, which has no error to return"),
    )
    .help("drop what fails with `.filter_map(|record| ….ok())` before it, or say what it counts as, with `unwrap_or`")
}

/// `.inspect(|_| seen += 1)`
pub(crate) fn changed_capture(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("a closure of the pipeline cannot change `{name}`"),
    )
    .help("closures run on several threads: count with an aggregate, or share an atomic or a `Mutex` through an `Arc`")
}

/// A reference in a closure of the item form.
pub(crate) fn borrowed_argument(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("argument `{name}` is borrowed, and the pipeline lives longer"),
    )
    .help(format!(
        "take an owned value, such as `{name}: String` or `{name}: Arc<…>`"
    ))
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
/// `form` is how the option is written; one that is inherited may be a setting as well.
pub(crate) fn missing_option(
    span: impl Into<SpanRange>,
    name: &str,
    option: &str,
    form: &str,
    inherits: bool,
) -> Diagnostic {
    let help = if inherits {
        format!("add `{form}`, or `settings({option} = …)` for all")
    } else {
        format!("add `{form}`")
    };
    plain(Code::Arguments, span, format!("`{name}` needs the option `{option}`")).help(help)
}

/// `.state(ttl = 1h)`, without the type that nothing else tells.
pub(crate) fn missing_type(span: impl Into<SpanRange>, name: &str, what: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`{name}` needs the type of {what}"))
        .help(format!("write `.{name}::<S>(…)`, where `S` is the type"))
}

/// Closures without `cx.emit(…)`.
pub(crate) fn emits_nothing(span: impl Into<SpanRange>, operator: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`{operator}` gives no rows"))
        .help("call `cx.emit(row)`, which may stand in `on_timer` as well")
}

/// `cx.set_timer(…)`, and no `.on_timer(…)`.
pub(crate) fn method_without_option(
    span: impl Into<SpanRange>,
    method: &str,
    operator: &str,
    option: &str,
) -> Diagnostic {
    let message = format!("`{method}`, and there is no `{option}` that it is for");
    plain(Code::Arguments, span, message).help(format!("write `.{option}(…)` directly behind `.{operator}(…)`"))
}

/// None of several options, one of which is needed.
pub(crate) fn missing_choice(span: impl Into<SpanRange>, name: &str, choice: &[&str]) -> Diagnostic {
    let calls: Vec<String> = choice.iter().map(|option| format!("`.{option}()`")).collect();
    plain(Code::Arguments, span, format!("`{name}` needs a format")).help(format!("add {}", calls.join(" or ")))
}

/// An option that does nothing without another one.
pub(crate) fn option_without(span: impl Into<SpanRange>, option: &str, needs: &[&str]) -> Diagnostic {
    let calls: Vec<String> = needs.iter().map(|option| format!("`.{option}()`")).collect();
    let calls = calls.join(" or ");
    plain(
        Code::Arguments,
        span,
        format!("`{option}` does nothing without {calls}"),
    )
    .help(format!("add {calls}, or remove it"))
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

/// `event_time(f, 30s)`
pub(crate) fn unnamed_option(span: impl Into<SpanRange>, option: &str, value: &str) -> Diagnostic {
    plain(
        Code::Arguments,
        span,
        format!("the option `{option}` is given without its name"),
    )
    .help(format!("write `{option} = {}`", shortened(value)))
}

/// `to("lines.txt")`
pub(crate) fn path_for_sink(span: impl Into<SpanRange>, path: &str) -> Diagnostic {
    plain(Code::Arguments, span, "expected a sink, found a text")
        .help(format!("write files with `to(files({}).jsonl())`", shortened(path)))
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

/// A value that makes no sense, and one that would.
pub(crate) fn wrong_value(span: impl Into<SpanRange>, what: String, example: &str) -> Diagnostic {
    plain(Code::Arguments, span, what).help(format!("write for example `{example}`"))
}

/// A positional argument where only named ones may stand.
pub(crate) fn not_named(span: impl Into<SpanRange>, call: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("`{call}` takes named arguments only"))
        .help("write for example `settings(batch_interval = 1s)`")
}

/// An argument of the wrong sort.
pub(crate) fn wrong_argument(span: impl Into<SpanRange>, expected: &str, example: &str) -> Diagnostic {
    plain(Code::Arguments, span, format!("expected {expected}")).help(format!("write for example `{example}`"))
}

/// `let x = stream.split(…)`, and `let (a, b) = stream.map(…)`.
pub(crate) fn pattern(span: impl Into<SpanRange>, given: usize, bound: usize) -> Diagnostic {
    let noun = if given == 1 { "stream" } else { "streams" };
    let bound = match bound {
        0 => "none is".to_owned(),
        1 => "one is".to_owned(),
        many => format!("{many} are"),
    };
    let help = match given {
        1 => "bind it to one name: `let name = …;`".to_owned(),
        2 => "bind both: `let (yes, no) = …;`".to_owned(),
        many => format!("bind all: a tuple of {many} names, the last one for the rest"),
    };
    plain(
        Code::Arguments,
        span,
        format!("this gives {given} {noun}, and {bound} bound here"),
    )
    .help(help)
}
