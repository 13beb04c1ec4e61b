//! Reads the arguments of a call: `value`, `name = value`.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use super::tree::{Arg, Value};
use crate::diag::{Diagnostics, SpanRange, catalogue};

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
    let name = name(input);
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
    let broken = match sound_value(&attempt) {
        Ok(()) => {
            input.advance_to(&attempt);
            false
        }
        Err(error) => {
            diagnostics.push(catalogue::from_syn(&error));
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

/// Takes `name =`.
fn name(input: ParseStream<'_>) -> Option<Ident> {
    let named = input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    if !named || input.peek2(Token![=>]) {
        return None;
    }
    let name = input.parse().ok()?;
    let _ = input.parse::<Token![=]>();
    Some(name)
}

/// Takes an expression up to the next comma.
fn sound_value(input: ParseStream<'_>) -> syn::Result<()> {
    input.parse::<Expr>()?;
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        Err(input.error("expected `,`"))
    }
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
