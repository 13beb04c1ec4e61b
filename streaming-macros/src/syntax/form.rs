//! Which of the two forms the macro was called in, and the head of the item form.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

use super::cursor::Cursor;
use super::tree::{Form, Signature};
use crate::diag::{Diagnostic, Diagnostics, SpanRange, catalogue};

/// The input, taken apart.
pub(super) struct Split {
    pub(super) form: Form,
    /// The statements.
    pub(super) body: Vec<TokenTree>,
    /// A token that stands for the whole.
    pub(super) span: Span,
}

/// Splits the input into its form and the tokens of its body.
pub(super) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Split {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    if let [TokenTree::Group(group)] = tokens.as_slice() {
        match group.delimiter() {
            Delimiter::Brace => {
                return Split {
                    form: Form::Expression,
                    body: group_tokens(&tokens[0]),
                    span: group.span_close(),
                };
            }
            // A `macro_rules!` around us leaves an invisible group; parentheses twice are harmless.
            Delimiter::None | Delimiter::Parenthesis => return parse(group.stream(), diagnostics),
            Delimiter::Bracket => {}
        }
    }
    if is_item(&tokens) {
        item(&tokens, diagnostics)
    } else {
        Split {
            form: Form::Expression,
            span: tokens.last().map_or_else(Span::call_site, TokenTree::span),
            body: tokens,
        }
    }
}

/// Whether this is `#[…] pub fn …` and nothing behind its body.
///
/// A body that merely begins with a helper function goes on behind the function's braces.
pub(super) fn is_item(tokens: &[TokenTree]) -> bool {
    let mut cursor = Cursor::new(tokens);
    skip_attrs(&mut cursor);
    let public = skip_vis(&mut cursor);
    qualifier(&mut cursor);
    if cursor.keyword("fn").is_none() {
        return public;
    }
    while let Some(token) = cursor.bump() {
        let body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if body {
            let _ = cursor.punct(';');
            return cursor.at_end();
        }
    }
    true
}

fn skip_attrs(cursor: &mut Cursor<'_>) -> TokenStream {
    let start = *cursor;
    while cursor.is_punct(0, '#') && matches!(cursor.peek(1), Some(TokenTree::Group(_))) {
        cursor.bump();
        cursor.bump();
    }
    between(&start, cursor)
}

fn skip_vis(cursor: &mut Cursor<'_>) -> bool {
    let public = cursor.keyword("pub").is_some();
    if public {
        cursor.group(Delimiter::Parenthesis);
    }
    public
}

/// Takes `async` and its like, which may stand before `fn` in Rust.
fn qualifier<'a>(cursor: &mut Cursor<'a>) -> Option<&'a Ident> {
    let before_fn = matches!(cursor.peek(1), Some(TokenTree::Ident(word)) if word == "fn");
    if before_fn { cursor.ident() } else { None }
}

fn between(start: &Cursor<'_>, end: &Cursor<'_>) -> TokenStream {
    let count = end.position() - start.position();
    start.rest()[..count].iter().cloned().collect()
}

fn item(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Split {
    let mut cursor = Cursor::new(tokens);
    let function = tokens.iter().position(|token| is_word(token, "fn"));
    let brace = tokens.iter().position(is_brace);
    let (head, body) = match (function, brace) {
        (Some(_), Some(at)) => (&tokens[..at], group_tokens(&tokens[at])),
        // The braces of a struct hold no statements.
        _ => (tokens, Vec::new()),
    };
    let form = match signature(&mut cursor) {
        Ok(signature) => Form::Item(Box::new(signature)),
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            Form::Broken(head.iter().cloned().collect())
        }
    };
    let name = function.and_then(|at| tokens.get(at + 1));
    let span = name.or(tokens.last()).map_or_else(Span::call_site, TokenTree::span);
    Split { form, body, span }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_brace(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn group_tokens(token: &TokenTree) -> Vec<TokenTree> {
    match token {
        TokenTree::Group(group) => group.stream().into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Reads up to the body.
fn signature(cursor: &mut Cursor<'_>) -> Result<Signature, Diagnostic> {
    let expected = |cursor: &Cursor<'_>, what| catalogue::expected(cursor.here(), what);
    let attrs = skip_attrs(cursor);
    let start = *cursor;
    skip_vis(cursor);
    let vis = between(&start, cursor);
    if let Some(word) = qualifier(cursor) {
        return Err(catalogue::qualified(word, &word.to_string()));
    }
    let keyword = cursor.keyword("fn").ok_or_else(|| expected(cursor, "`fn`"))?.clone();
    let name = cursor.ident().ok_or_else(|| expected(cursor, "the pipeline's name"))?;
    let name = name.clone();
    let generics = cursor.angles();
    let args = cursor.group(Delimiter::Parenthesis);
    let args = args.ok_or_else(|| expected(cursor, "the pipeline's arguments, `(…)`"))?;
    if let (Some(start), Some(end)) = (cursor.punct('-'), cursor.punct('>')) {
        return Err(catalogue::return_type(SpanRange { start, end }));
    }
    let start = *cursor;
    if cursor.keyword("where").is_some() {
        while cursor.peek(0).is_some_and(|token| !is_brace(token)) {
            cursor.bump();
        }
    }
    let where_clause = between(&start, cursor);
    let body = cursor.group(Delimiter::Brace);
    let body = body.ok_or_else(|| expected(cursor, "the pipeline's body, `{ … }`"))?;
    Ok(Signature {
        attrs,
        vis,
        keyword,
        name,
        generics,
        args: args.stream(),
        paren: args.span(),
        where_clause,
        brace: body.span(),
    })
}
