//! Diagnostics: what went wrong, where, and what to do about it.

pub(crate) mod catalogue;
mod code;
pub(crate) mod foreign;
pub(crate) mod suggest;

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

pub(crate) use code::Code;

/// From the first to the last of the user's tokens that a diagnostic is about.
///
/// Stable `proc_macro` cannot join two spans, so both ends are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanRange {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl SpanRange {
    /// Covers all tokens; `None` where there are none.
    pub(crate) fn of(tokens: &TokenStream) -> Option<Self> {
        let mut tokens = tokens.clone().into_iter().map(|token| token.span());
        let start = tokens.next()?;
        Some(Self {
            start,
            end: tokens.last().unwrap_or(start),
        })
    }
}

impl From<Span> for SpanRange {
    fn from(span: Span) -> Self {
        Self { start: span, end: span }
    }
}

impl From<&Ident> for SpanRange {
    fn from(ident: &Ident) -> Self {
        ident.span().into()
    }
}

/// One mistake.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) code: Code,
    pub(crate) span: SpanRange,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Diagnostic {
    /// The text as rustc prints it: the code ends the first line, help stands on the next.
    pub(crate) fn text(&self) -> String {
        let head = format!("{} [{}]", self.message, self.code.name());
        match &self.help {
            Some(help) => format!("{head}\nhelp: {help}"),
            None => head,
        }
    }

    /// `::core::compile_error!{"…"}`, all of it on the user's tokens, so that rustc points there and nowhere else.
    pub(crate) fn to_tokens(&self) -> TokenStream {
        let SpanRange { start, end } = self.span;
        let punct = |ch, spacing| {
            let mut punct = Punct::new(ch, spacing);
            punct.set_span(start);
            TokenTree::Punct(punct)
        };
        let ident = |name| TokenTree::Ident(Ident::new(name, start));
        let mut text = Literal::string(&self.text());
        text.set_span(end);
        let mut group = Group::new(Delimiter::Brace, TokenTree::Literal(text).into());
        group.set_span(end);
        TokenStream::from_iter([
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            ident("core"),
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            ident("compile_error"),
            punct('!', Spacing::Alone),
            TokenTree::Group(group),
        ])
    }
}

/// Collects every mistake of one run. Panics in debug builds when nobody asks for them: that would be lost errors.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    read: Cell<bool>,
}

impl Diagnostics {
    /// Adds a mistake.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.read.set(false);
        self.list.push(diagnostic);
    }

    /// All mistakes so far, in the order in which they were found.
    pub(crate) fn read(&self) -> &[Diagnostic] {
        self.read.set(true);
        &self.list
    }

    /// Drops what was found, for tests that only care whether anything panics.
    #[cfg(test)]
    pub(crate) fn discard(self) {
        self.read.set(true);
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        debug_assert!(
            self.read.get() || self.list.is_empty() || std::thread::panicking(),
            "diagnostics were dropped unread"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Diagnostic {
        catalogue::syntax(Span::call_site(), "expected a stream".into())
    }

    #[test]
    fn code_ends_the_first_line() {
        assert_eq!(sample().text(), "expected a stream [SP0100]");
        let with_help = Diagnostic {
            help: Some("bind one".into()),
            ..sample()
        };
        assert_eq!(with_help.text(), "expected a stream [SP0100]\nhelp: bind one");
    }

    #[test]
    fn reading_silences_the_collector() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(sample());
        assert_eq!(diagnostics.read().len(), 1);
    }

    #[test]
    #[cfg(debug_assertions)]
    fn dropping_unread_is_a_bug() {
        let dropped = std::panic::catch_unwind(|| {
            let mut diagnostics = Diagnostics::default();
            diagnostics.push(sample());
        });
        assert!(dropped.is_err());
    }

    #[test]
    fn compile_error_is_a_path_and_a_brace() {
        let text = sample().to_tokens().to_string().replace(' ', "");
        assert!(text.starts_with("::core::compile_error!{\""), "{text}");
    }
}
