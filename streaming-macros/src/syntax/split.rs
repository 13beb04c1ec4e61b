//! Cuts a body into statements, also where a semicolon is missing.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};

use super::cursor::Cursor;
use crate::diag::{Diagnostics, catalogue};

/// The tokens of one statement, without its semicolon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    pub(super) tokens: &'a [TokenTree],
    /// A block such as `if … { … }` or `fn … { … }`: it ends without a semicolon.
    pub(super) block: bool,
}

/// Cuts the body. A semicolon that is missing is reported where it should stand.
pub(super) fn statements<'a>(body: &'a [TokenTree], diagnostics: &mut Diagnostics) -> Vec<Raw<'a>> {
    let mut statements = Vec::new();
    let mut start = 0;
    while start < body.len() {
        let tokens = &body[start..];
        if let Some(length) = block_length(tokens) {
            statements.push(Raw {
                tokens: &tokens[..length],
                block: true,
            });
            start += length;
            continue;
        }
        let (length, end) = plain_length(tokens);
        if length > 0 {
            statements.push(Raw {
                tokens: &tokens[..length],
                block: false,
            });
        }
        start += length;
        match end {
            End::Semicolon => start += 1,
            End::Missing(span) => diagnostics.push(catalogue::expected(span, "`;`")),
            End::Body => {}
        }
    }
    statements
}

enum End {
    Semicolon,
    /// Behind this token.
    Missing(Span),
    Body,
}

/// The length of a statement that ends with a semicolon.
fn plain_length(tokens: &[TokenTree]) -> (usize, End) {
    for (at, token) in tokens.iter().enumerate() {
        if is_punct(token, ';') {
            return (at, End::Semicolon);
        }
        if at > 0 && begins_anew(&tokens[..at], token) {
            return (at, End::Missing(end_of(&tokens[at - 1])));
        }
    }
    (tokens.len(), End::Body)
}

/// Whether a token can only be the beginning of another statement.
fn begins_anew(before: &[TokenTree], token: &TokenTree) -> bool {
    let (Some(last), TokenTree::Ident(word)) = (before.last(), token) else {
        return false;
    };
    if word == "let" {
        let condition = match last {
            TokenTree::Ident(word) => word == "if" || word == "while",
            TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '|'),
            TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
            TokenTree::Literal(_) => false,
        };
        return !condition;
    }
    let call = matches!(last, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
    let restricted = matches!(before, [TokenTree::Ident(vis), _] if vis == "pub");
    let goes_on = ["as", "else", "in", "where"].iter().any(|other| word == other);
    call && !restricted && !goes_on
}

/// The last character of a token.
fn end_of(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    }
}

fn is_punct(token: &TokenTree, ch: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ch)
}

/// Words that begin an item or a block expression.
const BLOCKS: [&str; 12] = [
    "fn", "struct", "enum", "impl", "mod", "trait", "for", "while", "loop", "match", "if", "unsafe",
];

/// The length of a statement that ends with its braces; `None` where it goes on behind them.
fn block_length(tokens: &[TokenTree]) -> Option<usize> {
    let mut cursor = Cursor::new(tokens);
    while cursor.is_punct(0, '#') && matches!(cursor.peek(1), Some(TokenTree::Group(_))) {
        cursor.bump();
        cursor.bump();
    }
    if settings_block(cursor.rest()).is_some() {
        return Some(cursor.position() + 2);
    }
    if !begins_block(cursor) {
        return None;
    }
    while let Some(token) = cursor.bump() {
        if is_punct(token, ';') {
            return None;
        }
        let braces = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if !braces {
            continue;
        }
        return match cursor.peek(0) {
            Some(TokenTree::Ident(word)) if word == "else" || word == "in" => continue,
            // A struct pattern: `if let Point { x, y } = …`.
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => continue,
            Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '.' | '?') => None,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => None,
            _ => Some(cursor.position()),
        };
    }
    None
}

/// The braces of `settings { … }`, which is no form of the language but is often tried.
pub(super) fn settings_block(tokens: &[TokenTree]) -> Option<(&Ident, &Group)> {
    let mut cursor = Cursor::new(tokens);
    Some((cursor.keyword("settings")?, cursor.group(Delimiter::Brace)?))
}

fn begins_block(mut cursor: Cursor<'_>) -> bool {
    if cursor.group(Delimiter::Brace).is_some() || is_braced_macro(cursor) {
        return true;
    }
    // `'label: loop`
    if cursor.punct('\'').is_some() {
        cursor.bump();
        cursor.bump();
    }
    while let Some(word) = cursor.ident() {
        if BLOCKS.iter().any(|block| word == block) {
            return true;
        }
        if !["pub", "const", "async", "extern"].iter().any(|prefix| word == prefix) {
            return false;
        }
        cursor.group(Delimiter::Parenthesis);
    }
    false
}

/// `path::name! { … }` and `macro_rules! name { … }`.
fn is_braced_macro(mut cursor: Cursor<'_>) -> bool {
    while cursor.ident().is_some() || cursor.punct(':').is_some() {}
    if cursor.punct('!').is_none() {
        return false;
    }
    cursor.ident();
    cursor.group(Delimiter::Brace).is_some()
}
