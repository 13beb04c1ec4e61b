//! Every rule as data: a pipeline, and the mistakes that it must give, with their positions.

use crate::diag::Diagnostics;
use crate::ops::TABLE;
use crate::{graph, syntax};

/// Compiles a pipeline and gives `line:column code message` of each mistake, by position, with help on its own line.
fn mistakes(input: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let tokens = input.parse().expect("the test's own tokens");
    let pipeline = syntax::parse(tokens, &TABLE, &mut diagnostics);
    let graph = graph::build(&pipeline, &TABLE, &mut diagnostics);
    super::all(&graph, &mut diagnostics);
    let mut found: Vec<_> = diagnostics.read().iter().collect();
    found.sort_by_key(|diagnostic| {
        let start = diagnostic.span.start.start();
        (start.line, start.column)
    });
    let render = |diagnostic: &&crate::diag::Diagnostic| {
        let start = diagnostic.span.start.start();
        let text = diagnostic.text();
        assert!(text.lines().count() <= 2, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 140), "{text}");
        let help = diagnostic.help.iter().map(|help| format!(" | {help}"));
        let help: String = help.collect();
        let code = diagnostic.code.name();
        format!(
            "{}:{} {code} {}{help}",
            start.line,
            start.column + 1,
            diagnostic.message
        )
    };
    found.iter().map(render).collect()
}

/// The pipeline gives exactly these mistakes: `line:column code message | help`.
#[track_caller]
fn check(input: &str, expected: &[&str]) {
    assert_eq!(mistakes(input), expected, "\n{input}");
}

mod bindings;
mod names;
mod operators;
mod sound;
mod state;
mod syntax_errors;
mod units;
