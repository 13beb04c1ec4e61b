//! SP0102, SP0103, SP0104, SP0105, SP0107 and SP0113: operators where they cannot stand, and what the whole lacks.

use super::{Code, Diagnostic, SpanRange, plain};

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

/// `for topic in topics { kafka(topic)… }`
pub(crate) fn hidden_source(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::Unread,
        span,
        format!("`{name}` inside ordinary Rust, where it begins no stream"),
    )
    .help(format!(
        "a stream begins a statement of the pipeline: `let stream = {name}(…);`, not in a block or an expression"
    ))
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

/// `join` of a stream without event time.
pub(crate) fn side_needs_event_time(span: impl Into<SpanRange>, name: &str, stream: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` needs event time, and `{stream}` has none"),
    )
    .help(format!("add `.event_time(|record| …, max_delay = 30s)` to `{stream}`"))
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

/// `window` behind `running`.
pub(crate) fn lost_event_time(span: impl Into<SpanRange>, name: &str, dropped_by: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` needs event time, and `{dropped_by}` further up ends it"),
    )
    .help("add `.event_time(|record| …, max_delay = 30s)` behind it")
}

/// `.late()` behind a join.
pub(crate) fn late_of_a_join(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(
        Code::EventTime,
        span,
        format!("`{name}` of a join would have records of two types"),
    )
    .help("late records of each side are counted in the progress of the join: `late`")
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
    plain(Code::Misfit, span, "a sink gives nothing to bind").help("remove `let NAME =`")
}

/// `println!("{}", lines.len())`
pub(crate) fn stream_as_value(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Misfit, span, format!("stream `{name}` is used as a value")).help(
        "a stream is no variable: look at its records with `.inspect(…)`, or give the variable that you mean another name",
    )
}

/// `if debug { orders.print(); }`
pub(crate) fn fixed_graph(span: impl Into<SpanRange>, word: &str) -> Diagnostic {
    let (what, help) = match word {
        "if" | "match" => (
            format!("`{word}` cannot decide where streams go"),
            "the graph is fixed at build time: decide by record, `.filter(…)` or `.branch(…)`, or build two pipelines and \
             choose one to run",
        ),
        "for" | "while" | "loop" => (
            format!("`{word}` cannot make streams"),
            "the graph is fixed at build time: write each stream and `union` them, or build and run a pipeline for each item",
        ),
        _ => (
            "a block cannot hold streams".to_owned(),
            "write their statements directly in the pipeline, without braces around them",
        ),
    };
    plain(Code::Misfit, span, what).help(help)
}

/// `window_start()` where there is no window.
pub(crate) fn no_window(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Misfit, span, format!("`{name}` outside a window"))
        .help("remove it, or aggregate over `.window(tumbling(…))`")
}

// ---- SP0105 ----

/// State that only grows.
/// `call` is the bound as a call behind the operator, where it is written so.
pub(crate) fn unbounded(span: impl Into<SpanRange>, name: &str, bound: &str, call: Option<&str>) -> Diagnostic {
    let help = match call {
        Some(call) => format!("add `{call}`"),
        None => format!("write `{name}({bound} = 1h)`, or `{name}(unbounded)` if keys are few"),
    };
    plain(Code::Unbounded, span, format!("the state of `{name}` has no bound")).help(help)
}

// ---- SP0107 ----

/// A part that cannot do what `guarantee = exactly_once` asks for. `instead` are those that can.
pub(crate) fn inexact(span: impl Into<SpanRange>, name: &str, why: &str, instead: &str) -> Diagnostic {
    plain(
        Code::Guarantee,
        span,
        format!("`{name}` cannot be part of a pipeline with `guarantee = exactly_once`: {why}"),
    )
    .help(format!("use {instead}, or `guarantee = at_least_once`"))
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
