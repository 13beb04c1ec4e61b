//! SP0101, SP0106 and SP0112: names.

use super::super::foreign::{self, At};
use super::super::suggest;
use super::{Code, Diagnostic, SpanRange, choice, listed, plain, shortened};

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

/// A stream that nothing binds. Where there are none at all, how one is bound.
pub(crate) fn unknown_stream(
    span: impl Into<SpanRange>,
    name: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let error = unknown(span, "stream", name, meant, known);
    if known.is_empty() {
        return error.help(format!("bind it first, to a source: `let {name} = stdin().lines();`"));
    }
    error
}

/// As [`unknown`], for what others have where it stands: what there is for it, or that it is not there yet.
pub(crate) fn unknown_here(
    span: impl Into<SpanRange>,
    at: At,
    what: &str,
    name: &str,
    meant: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    match foreign::help(&suggest::snake_case(name), at) {
        Some(help) => unknown(span, what, name, None, &[]).help(help),
        None => unknown(span, what, name, meant, known),
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

/// `.files("out")`
pub(crate) fn sink_as_method(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("`{name}` is a sink, not an operator")).help(format!("write `.to({name}(…))`"))
}

/// `.to(out)`, where `out` is a stream.
pub(crate) fn stream_as_sink(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("`{name}` is a stream, not a sink"))
        .help("write the sink itself: `.to(files(dir).jsonl())`, `.to(kafka(topic).json())`, `.to(sink(…))`")
}

/// `.settings(…)`
pub(crate) fn settings_as_method(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Unknown, span, "`settings` is a statement, not an operator")
        .help("write `settings(…);` above the streams")
}

/// `to(print())`
pub(crate) fn end_as_sink(span: impl Into<SpanRange>, name: &str, end: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("unknown sink `{name}`")).help(format!("write `.{end}()` in place of `.to(…)`"))
}

/// `to(jsonl("out"))`
pub(crate) fn format_as_sink(span: impl Into<SpanRange>, name: &str, sink: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("`{name}` is a format, not a sink"))
        .help(format!("write `.to({sink}(…).{name}())`"))
}

/// `window(tumbling = 1min)`
pub(crate) fn shape_as_option(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("unknown option `{name}` of `window`"))
        .help(format!("the shape is a call: `window({name}(1min))`"))
}

/// `agg(n = count())`
pub(crate) fn field_as_option(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Unknown, span, format!("unknown option `{name}` of `agg`"))
        .help(format!("`agg` makes a value: `agg(Row {{ {name}: … }})`"))
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

// ---- SP0106 ----

/// Two streams of one name.
pub(crate) fn duplicate_name(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("stream `{name}` is bound twice"))
        .help("choose another name: it is the operator's id in metrics and checkpoints")
}

/// State that would not be found again.
pub(crate) fn unnamed_state(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("`{name}` keeps state, so it needs a name"))
        .help("bind it: `let NAME = …;`, then `NAME.to(…)` or `NAME.print()`")
}

/// `#[was = "a"]`, where `a` is still bound.
pub(crate) fn was_is_there(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("stream `{name}` is still there"))
        .help("`#[was]` takes the name of a stream that was renamed: one that is still there keeps what the checkpoint has of it")
}

/// `#[was = "a"]` on two streams.
pub(crate) fn was_twice(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Name, span, format!("`{name}` is given as an old name twice"))
        .help("what a checkpoint has under a name goes to one stream")
}

/// `#[was = "a"]` on a stream that no checkpoint knows.
pub(crate) fn was_of_nothing(span: impl Into<SpanRange>, stream: &str) -> Diagnostic {
    plain(Code::Name, span, format!("a checkpoint keeps nothing of `{stream}`")).help(
        "remove `#[was]`: it renames sources, `event_time`, sinks and what keeps state, and here is none of these",
    )
}

/// `#[reset = "why"]` on a stream without state.
pub(crate) fn reset_of_nothing(span: impl Into<SpanRange>, stream: &str) -> Diagnostic {
    plain(
        Code::Name,
        span,
        format!("`{stream}` keeps no state that could begin anew"),
    )
    .help("put `#[reset]` before the `let` of the aggregate")
}

/// `#[reset = ""]`
pub(crate) fn reset_without_a_word(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Name, span, "`reset` needs a text that says why")
        .help("the checkpoint notes it, so that state begins anew once: `#[reset = \"2026-03-01 wrong rates\"]`")
}

/// `#[reset = "a"] #[reset = "b"]`
pub(crate) fn second_reset(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Name, span, "a stream takes one `#[reset]`")
        .help("keep the newest one: the checkpoint remembers the last that was carried out")
}

// ---- SP0112 ----

/// A stream used above its `let`, perhaps in a circle.
pub(crate) fn used_too_early(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Order, span, format!("stream `{name}` is used before it is bound"))
        .help(format!("move `let {name} = …;` up; streams cannot form a cycle"))
}

/// `let a = union(b, a);`
pub(crate) fn reads_itself(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Order, span, format!("stream `{name}` reads itself"))
        .help("streams cannot form a cycle: read another stream here")
}

/// An operator that the runtime was built without.
pub(crate) fn missing_feature(span: impl Into<SpanRange>, name: &str, feature: &str) -> Diagnostic {
    let message = format!("`{name}` needs the feature `{feature}` of `streaming-runtime`");
    let help = format!("enable it in Cargo.toml: `cargo add streaming-runtime --features {feature}`");
    plain(Code::Unknown, span, message).help(help)
}
