//! Reads `head.call(…).call(…)`.

use proc_macro2::{Delimiter, Ident, Punct, Spacing, TokenStream, TokenTree};

use super::args;
use super::cursor::Cursor;
use super::tree::{Call, Chain, Head};
use crate::diag::{Diagnostics, catalogue};

/// Reads a chain to the end of the tokens; `None` where they do not even begin with a name.
///
/// What fits nowhere is reported once and kept in [`Chain::rest`].
pub(super) fn parse(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Chain> {
    let mut cursor = Cursor::new(tokens);
    let name = cursor.ident()?.clone();
    let bare = cursor.at_end() || cursor.is_punct(0, '.');
    let mut sound = true;
    let head = if bare {
        Head::Name(name)
    } else {
        let call = call(name, &mut cursor, diagnostics);
        sound = call.paren.is_some();
        Head::Call(call)
    };
    let mut calls = Vec::new();
    while sound {
        if let Some(question_mark) = cursor.punct('?') {
            diagnostics.push(catalogue::question_mark(question_mark));
        }
        if !cursor.is_punct(0, '.') {
            break;
        }
        let Some(TokenTree::Ident(name)) = cursor.peek(1) else {
            let dot = cursor.here();
            diagnostics.push(catalogue::expected_behind(dot, "an operator", "."));
            sound = false;
            break;
        };
        cursor.bump();
        cursor.bump();
        let call = call(name.clone(), &mut cursor, diagnostics);
        sound = call.paren.is_some();
        calls.push(call);
    }
    if sound && !cursor.at_end() {
        diagnostics.push(catalogue::expected(cursor.here(), "`.` or `;`"));
    }
    Some(Chain {
        head,
        calls,
        rest: cursor.rest().iter().cloned().collect(),
    })
}

/// Reads what stands behind the name of a call.
fn call(name: Ident, cursor: &mut Cursor<'_>, diagnostics: &mut Diagnostics) -> Call {
    let turbofish = turbofish(cursor).or_else(|| colonless(&name, cursor, diagnostics));
    let Some(group) = cursor.group(Delimiter::Parenthesis) else {
        diagnostics.push(if name == "await" {
            catalogue::awaited(&name)
        } else {
            catalogue::expected_behind(name.span(), "`(`", &name.to_string())
        });
        return Call {
            name,
            turbofish,
            args: Vec::new(),
            paren: None,
        };
    };
    if let Some(types) = &turbofish
        && let Err(error) = syn::parse2::<syn::AngleBracketedGenericArguments>(types.clone())
    {
        diagnostics.push(catalogue::from_syn(&error));
    }
    let args = args::parse(group, diagnostics);
    Call {
        name,
        turbofish,
        args,
        paren: Some(group.span()),
    }
}

fn turbofish(cursor: &mut Cursor<'_>) -> Option<TokenStream> {
    if !(cursor.is_punct(0, ':') && cursor.is_punct(1, ':') && cursor.is_punct(2, '<')) {
        return None;
    }
    let mut tokens: TokenStream = [cursor.bump(), cursor.bump()].into_iter().flatten().cloned().collect();
    tokens.extend(cursor.angles());
    Some(tokens)
}

/// `json<T>()`: reported, and read as if the colons stood there.
fn colonless(name: &Ident, cursor: &mut Cursor<'_>, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let mut after = *cursor;
    let types = after.angles();
    if types.is_empty() || !matches!(after.peek(0), Some(TokenTree::Group(_))) {
        return None;
    }
    diagnostics.push(catalogue::turbofish(name, &name.to_string()));
    *cursor = after;
    let colons = [Spacing::Joint, Spacing::Alone].map(|spacing| TokenTree::Punct(Punct::new(':', spacing)));
    Some(colons.into_iter().chain(types).collect())
}

/// The first name, whether it is called, and the names behind the dots: enough to tell a pipeline from Rust.
pub(super) struct Outline<'a> {
    pub(super) head: &'a Ident,
    pub(super) called: bool,
    pub(super) methods: Vec<&'a Ident>,
}

/// Looks at tokens without judging them; `None` where they are no chain of calls.
pub(super) fn outline(tokens: &[TokenTree]) -> Option<Outline<'_>> {
    let mut cursor = Cursor::new(tokens);
    let head = cursor.ident()?;
    let mut after = cursor;
    let _ = turbofish(&mut after);
    let called = after.group(Delimiter::Parenthesis).is_some();
    if !called && !cursor.at_end() && !cursor.is_punct(0, '.') {
        return None;
    }
    let mut methods = Vec::new();
    while let Some(token) = cursor.bump() {
        let dot = matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.');
        if let (true, Some(TokenTree::Ident(name))) = (dot, cursor.peek(0)) {
            methods.push(name);
        }
    }
    Some(Outline { head, called, methods })
}
