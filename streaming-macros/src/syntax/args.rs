//! Reads the arguments of a call: `value`, `name = value`.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use super::tree::{Arg, Value};
use super::unit;
use crate::diag::{Diagnostic, Diagnostics, SpanRange, catalogue};

/// Reads all arguments. A broken one is reported, kept as it is, and does not spoil its neighbours.
pub(super) fn parse(group: &Group, diagnostics: &mut Diagnostics) -> Vec<Arg> {
    let mut args = Vec::new();
    let around = SpanRange::from(group.span());
    let read = |input: ParseStream<'_>| {
        let content;
        syn::parenthesized!(content in input);
        while !content.is_empty() {
            args.push(arg(&content, around, diagnostics));
        }
        Ok(())
    };
    // Every error has been taken out above; what syn may still say about half-read groups is a repetition.
    let _ = read.parse2(TokenTree::Group(group.clone()).into());
    args
}

fn arg(input: ParseStream<'_>, around: SpanRange, diagnostics: &mut Diagnostics) -> Arg {
    let name = name(input, diagnostics);
    if let Some(name) = &name
        && (input.is_empty() || input.peek(Token![,]))
    {
        diagnostics.push(catalogue::expected_behind(name.span(), "a value", &format!("{name} =")));
        let _ = input.parse::<Option<Token![,]>>();
        let value = Value {
            tokens: TokenStream::new(),
            span: name.into(),
            broken: true,
        };
        return Arg {
            name: Some(name.clone()),
            value,
        };
    }
    let start = input.fork();
    let attempt = input.fork();
    let broken = match value(&attempt) {
        Ok(missing_comma) => {
            input.advance_to(&attempt);
            if let Some(mistake) = missing_comma {
                diagnostics.push(mistake);
            }
            false
        }
        Err(mistake) => {
            diagnostics.push(mistake);
            recover(input);
            true
        }
    };
    let tokens = between(&start, input);
    let _ = input.parse::<Option<Token![,]>>();
    let span = SpanRange::of(&tokens).unwrap_or(around);
    Arg {
        name,
        value: Value { tokens, span, broken },
    }
}

/// Takes `name =`; a colon in place of `=` is reported.
fn name(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> Option<Ident> {
    if is_named(input) {
        let name = input.parse().ok()?;
        let _ = input.parse::<Token![=]>();
        return Some(name);
    }
    if !input.peek(syn::Ident) || !input.peek2(Token![:]) || input.peek2(Token![::]) {
        return None;
    }
    let name: Ident = input.parse().ok()?;
    let colon = input.parse::<Token![:]>().ok()?;
    diagnostics.push(catalogue::colon(colon.span, &name.to_string()));
    Some(name)
}

fn is_named(input: ParseStream<'_>) -> bool {
    let equals = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
    input.peek(syn::Ident) && equals
}

/// Takes an expression up to the next comma. A comma that is missing before `name =` leaves the value sound.
fn value(input: ParseStream<'_>) -> Result<Option<Diagnostic>, Diagnostic> {
    let expr: Expr = input.parse().map_err(|error| catalogue::from_syn(&error))?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(None);
    }
    if input.peek(Token![;]) {
        return Err(catalogue::closure_statements(input.span()));
    }
    if let Some((number, unit)) = spaced_unit(&expr, input) {
        let span = SpanRange {
            start: number.span,
            end: unit.span(),
        };
        return Err(catalogue::split_unit(span, &number.digits, &unit.to_string()));
    }
    let comma = catalogue::comma(input.span());
    if is_named(input) { Ok(Some(comma)) } else { Err(comma) }
}

/// `1 s`
fn spaced_unit(value: &Expr, input: ParseStream<'_>) -> Option<(unit::Number, Ident)> {
    let number = unit::number(&value.to_token_stream())?;
    let word: Ident = input.fork().parse().ok()?;
    let bare = number.suffix.is_empty() && unit::is_unit(&word.to_string());
    bare.then_some((number, word))
}

/// Skips to the comma behind a broken value. Commas between the bars of a closure separate its parameters.
fn recover(input: ParseStream<'_>) {
    let mut bars = 0;
    while !input.is_empty() && (bars % 2 == 1 || !input.peek(Token![,])) {
        if let Ok(TokenTree::Punct(punct)) = input.parse::<TokenTree>()
            && punct.as_char() == '|'
        {
            bars += 1;
        }
    }
}

/// The tokens from one position to another, verbatim.
fn between(start: ParseStream<'_>, end: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut cursor = start.cursor();
    while cursor != end.cursor() {
        let Some((token, next)) = cursor.token_tree() else {
            break;
        };
        tokens.extend([token]);
        cursor = next;
    }
    tokens
}
