//! Every message, once, with its code. In rustc's voice: lowercase, no full stop, what is wrong in the message and
//! what to do in the help.

mod graph;
mod names;
mod syntax;
mod values;

pub(crate) use graph::*;
pub(crate) use names::*;
pub(crate) use syntax::*;
pub(crate) use values::*;

use super::{Code, Diagnostic, SpanRange};

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
    /// Says which formats there are, in place of what has been said so far.
    pub(crate) fn formats(self, choice: &[&str]) -> Self {
        let calls: Vec<String> = choice.iter().map(|option| format!("`.{option}()`")).collect();
        self.help(format!("a format stands behind the sink: {}", calls.join(" or ")))
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// Adds what was meant, or else what there is to choose from.
fn choice(error: Diagnostic, meant: Option<&str>, known: &[&str]) -> Diagnostic {
    match (meant, known) {
        (Some(meant), _) => error.help(format!("did you mean `{meant}`?")),
        (None, []) => error,
        (None, [only]) => error.help(format!("there is only `{only}`")),
        (None, known) => error.help(format!("choose from {}", listed(known))),
    }
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
