//! `if`, `match` and loops around streams: the graph of a pipeline is fixed when it is built.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::build::Builder;
use super::free::Names;
use crate::diag::catalogue;
use crate::spec::{Kind, Table};

/// Words that begin what decides or repeats.
const CONTROL: [&str; 6] = ["if", "match", "for", "while", "loop", "unsafe"];

impl Builder<'_> {
    /// Whether a statement of plain Rust decides about streams or repeats them, which has been reported then.
    pub(super) fn decides_streams(&mut self, tokens: &TokenStream, names: &Names) -> bool {
        let Some((word, span)) = control(tokens) else {
            return false;
        };
        let streams: Vec<Ident> = names.free().map(|used| used.ident.clone()).collect();
        let mut reads = false;
        for stream in &streams {
            reads |= !self.graph.variables.contains(&stream.to_string()) && self.is_stream(stream);
        }
        if !reads && !has_chain(tokens, self.table) {
            return false;
        }
        self.diagnostics.push(catalogue::fixed_graph(span, &word));
        true
    }
}

/// The word that a statement begins with, or the value of its `let`; `{` for a block.
fn control(tokens: &TokenStream) -> Option<(String, Span)> {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut at = 0;
    loop {
        match list.get(at)? {
            // Attributes and labels.
            TokenTree::Punct(hash) if hash.as_char() == '#' => at += 2,
            TokenTree::Punct(quote) if quote.as_char() == '\'' => at += 3,
            TokenTree::Ident(word) if word == "let" => {
                let equals = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '=');
                at += list[at..].iter().position(equals)? + 1;
            }
            TokenTree::Ident(word) if CONTROL.iter().any(|control| word == control) => {
                return Some((word.to_string(), word.span()));
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return Some(("{".to_owned(), group.span_open()));
            }
            _ => return None,
        }
    }
}

/// Whether a source and a sink stand anywhere: `files(name).lines().print()`.
fn has_chain(tokens: &TokenStream, table: &Table) -> bool {
    let head =
        |before: Option<&TokenTree>, name: &str, _: &Group| !before.is_some_and(is_dot) && table.head(name).is_some();
    let end = |before: Option<&TokenTree>, name: &str, args: &Group| {
        let argument = args.stream().into_iter().next();
        let fits = match argument {
            None => table.method(name).is_some_and(|spec| spec.args.is_empty()),
            Some(TokenTree::Ident(sink)) => table.sink(&sink.to_string()).is_some(),
            Some(_) => false,
        };
        before.is_some_and(is_dot) && fits && table.method(name).is_some_and(|spec| spec.kind == Kind::End)
    };
    has_call(tokens, &head) && has_call(tokens, &end)
}

/// Whether there is such a call anywhere: what stands before its name, the name, its arguments.
fn has_call(tokens: &TokenStream, fits: &impl Fn(Option<&TokenTree>, &str, &Group) -> bool) -> bool {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..list.len()).any(|at| match (&list[at], list.get(at + 1)) {
        (TokenTree::Ident(name), Some(TokenTree::Group(args))) => {
            fits(at.checked_sub(1).map(|before| &list[before]), &name.to_string(), args)
        }
        (TokenTree::Group(group), _) => has_call(&group.stream(), fits),
        _ => false,
    })
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.')
}
