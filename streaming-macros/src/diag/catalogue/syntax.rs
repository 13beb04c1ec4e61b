//! SP0100: tokens that are no pipeline.

use super::{Code, Diagnostic, SpanRange, plain};

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

/// `settings;`, `settings { … }`
pub(crate) fn settings_call(span: impl Into<SpanRange>) -> Diagnostic {
    expected_behind(span, "`(`", "settings")
        .help("settings are named arguments: `settings(batch_interval = 1s, name = \"orders\");`")
}

/// A comma is missing between two arguments.
pub(crate) fn comma(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "expected `,`").help("a comma stands between two arguments")
}

/// `|line| a; b`
pub(crate) fn closure_statements(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "unexpected `;` in an argument")
        .help("a closure of several statements needs braces: `|record| { …; … }`")
}

/// `threads: 4`
pub(crate) fn colon(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Syntax, span, format!("expected `=` behind `{name}`"))
        .help(format!("a named argument is written `{name} = …`"))
}

/// `json<T>()`
pub(crate) fn turbofish(span: impl Into<SpanRange>, name: &str) -> Diagnostic {
    plain(Code::Syntax, span, format!("expected `::` behind `{name}`"))
        .help(format!("a type is given as in `{name}::<Order>()`"))
}

/// `stdin().await`
pub(crate) fn awaited(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a stream is not awaited")
        .help("remove `.await`, and await the whole pipeline: `pipeline.run().await`")
}

/// `stdin().lines()?`
pub(crate) fn question_mark(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a stream cannot fail here")
        .help("remove `?`: what `.on_error(…)` does not handle comes out of `pipeline.run().await?`")
}

/// `let lines = stdin(); .lines();`
pub(crate) fn chain_goes_on(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a statement cannot begin with `.`").help("remove the `;` before it if the chain goes on")
}

/// `let mut lines = …`
pub(crate) fn mutable(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a stream cannot be mutable").help("remove `mut`")
}

/// `let lines: Stream = …`
pub(crate) fn typed(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a stream has no type that could be written").help("remove the type: `let NAME = …;`")
}

/// `pub fn echo() -> u64`
pub(crate) fn return_type(span: impl Into<SpanRange>) -> Diagnostic {
    plain(Code::Syntax, span, "a pipeline has no return type").help("remove it: the function returns the pipeline")
}

/// `pub async fn`
pub(crate) fn qualified(span: impl Into<SpanRange>, word: &str) -> Diagnostic {
    plain(Code::Syntax, span, format!("a pipeline cannot be `{word}`")).help(format!(
        "remove `{word}`: the function only builds the pipeline, `run` is async"
    ))
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
        .help(
            "a stream takes doc comments, `#[cfg(…)]`, `#[allow(…)]`, and before `let` also `#[was = \"old_name\"]` and `#[reset = \"why\"]`",
        )
}
