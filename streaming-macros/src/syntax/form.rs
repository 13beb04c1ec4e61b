//! Which of the two forms the macro was called in, and the head of the item form.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::cursor::Cursor;
use super::tree::{Form, Signature};
use crate::diag::{Diagnostics, catalogue};

/// Splits the input into its form and the tokens of its body.
pub(super) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> (Form, Vec<TokenTree>) {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    if let [TokenTree::Group(group)] = tokens.as_slice() {
        match group.delimiter() {
            Delimiter::Brace => return (Form::Expression, group_tokens(&tokens[0])),
            // A `macro_rules!` around us leaves an invisible group; parentheses twice are harmless.
            Delimiter::None | Delimiter::Parenthesis => return parse(group.stream(), diagnostics),
            Delimiter::Bracket => {}
        }
    }
    if is_item(&tokens) {
        item(&tokens, diagnostics)
    } else {
        (Form::Expression, tokens)
    }
}

/// Whether this is `#[…] pub fn …` and nothing behind its body.
///
/// A body that merely begins with a helper function goes on behind the function's braces.
fn is_item(tokens: &[TokenTree]) -> bool {
    let mut cursor = Cursor::new(tokens);
    skip_attrs(&mut cursor);
    let public = skip_vis(&mut cursor);
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

fn between(start: &Cursor<'_>, end: &Cursor<'_>) -> TokenStream {
    let count = end.position() - start.position();
    start.rest()[..count].iter().cloned().collect()
}

fn item(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> (Form, Vec<TokenTree>) {
    let mut cursor = Cursor::new(tokens);
    let (head, body) = match tokens.iter().position(is_brace) {
        Some(at) => (&tokens[..at], group_tokens(&tokens[at])),
        None => (tokens, Vec::new()),
    };
    match signature(&mut cursor) {
        Ok(signature) => (Form::Item(Box::new(signature)), body),
        Err(expected) => {
            diagnostics.push(catalogue::expected(cursor.here(), expected));
            (Form::Broken(head.iter().cloned().collect()), body)
        }
    }
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

/// Reads up to the body; the error says what was expected where the cursor stands.
fn signature(cursor: &mut Cursor<'_>) -> Result<Signature, &'static str> {
    let attrs = skip_attrs(cursor);
    let start = *cursor;
    skip_vis(cursor);
    let vis = between(&start, cursor);
    let keyword = cursor.keyword("fn").ok_or("`fn`")?.clone();
    let name = cursor.ident().ok_or("the pipeline's name")?.clone();
    let generics = cursor.angles();
    let args = cursor
        .group(Delimiter::Parenthesis)
        .ok_or("the pipeline's arguments, `(…)`")?;
    let start = *cursor;
    if cursor.keyword("where").is_some() {
        while cursor.peek(0).is_some_and(|token| !is_brace(token)) {
            cursor.bump();
        }
    }
    let where_clause = between(&start, cursor);
    let body = cursor.group(Delimiter::Brace).ok_or("the pipeline's body, `{ … }`")?;
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
