//! `window(tumbling(1min))`: the shape of a window, as its spec has it.

use std::time::Duration;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use super::{ArgValue, Quantity, Shape, Shift, lower, quantity};
use crate::diag::foreign::At;
use crate::diag::{Diagnostic, SpanRange, catalogue, suggest};
use crate::spec::{ShapeOption, ShapeSpec};
use crate::syntax::tree::Value;

/// `tumbling(size)`, `tumbling(size, offset = 4d)`
pub(super) fn window(value: &Value) -> Result<ArgValue, Diagnostic> {
    const EXAMPLE: &str = "window(tumbling(1min))";
    let Some((word, tokens)) = value.word_call() else {
        return Err(catalogue::wrong_argument(
            value.span,
            "the shape of the window",
            EXAMPLE,
        ));
    };
    let text = word.to_string();
    let Some(spec) = ShapeSpec::named(&text) else {
        let known = ShapeSpec::names();
        let meant = suggest::nearest(&text, known.iter().copied());
        return Err(catalogue::unknown_here(
            &word,
            At::Window,
            "window",
            &text,
            meant,
            &known,
        ));
    };
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let Ok(exprs) = parser.parse2(tokens.clone()) else {
        lower::arguments(&word, tokens, 1, &spec.signature())?;
        return Ok(ArgValue::Broken(value.tokens.clone()));
    };
    let (placed, named) = parted(&word, spec, exprs)?;
    let placed = lower::arguments(&word, placed.to_token_stream(), spec.args.len(), &spec.signature())?;
    let mut durations = Vec::new();
    for value in &placed {
        let zero = |digits: &str| digits.trim_matches(['0', '.']).is_empty();
        let empty = value.number().is_some_and(|number| zero(&number.digits));
        let duration = quantity::duration(value, true)?;
        if empty {
            return Err(catalogue::empty_window(value.span));
        }
        durations.push(duration);
    }
    let mut options = Vec::new();
    for (option, value) in named {
        options.push((option, shift(option, &value, &placed, &durations)?));
    }
    Ok(ArgValue::Window(Shape {
        spec,
        word,
        durations,
        options,
    }))
}

type Parted = (Punctuated<Expr, Token![,]>, Vec<(&'static ShapeOption, Value)>);

/// `1d, offset = 8h`: what has a place, and what has a name.
fn parted(word: &Ident, spec: &ShapeSpec, exprs: Punctuated<Expr, Token![,]>) -> Result<Parted, Diagnostic> {
    let (mut placed, mut named) = (Punctuated::<Expr, Token![,]>::new(), Vec::new());
    for expr in exprs {
        match &expr {
            Expr::Assign(option) if !placed.is_empty() => {
                let (name, value) = (option.left.to_token_stream().to_string(), as_value(&option.right, word));
                let span = SpanRange::of(&option.left.to_token_stream()).unwrap_or(word.into());
                let Some(option) = spec.option(&name) else {
                    let known: Vec<&str> = spec.options.iter().map(|option| option.name).collect();
                    let meant = suggest::nearest(&name, known.iter().copied());
                    return Err(catalogue::unknown_option(span, &word.to_string(), &name, meant, &known));
                };
                if named
                    .iter()
                    .any(|(given, _): &(&ShapeOption, Value)| given.name == name)
                {
                    return Err(catalogue::given_twice(span, "option", &name));
                }
                named.push((option, value));
            }
            // `tumbling(1d, 8h)`
            other if placed.len() == spec.args.len() && as_value(other, word).number().is_some() => {
                let value = as_value(other, word);
                let option = spec.options.first().map_or("", |option| option.name);
                return Err(catalogue::unnamed_option(value.span, option, &value.tokens.to_string()));
            }
            _ => placed.push(expr),
        }
    }
    Ok((placed, named))
}

fn as_value(expr: &Expr, word: &Ident) -> Value {
    let tokens = expr.to_token_stream();
    let span = SpanRange::of(&tokens).unwrap_or(word.into());
    Value {
        tokens,
        span,
        broken: false,
    }
}

/// The value of an option, against the first duration of the shape.
fn shift(
    option: &ShapeOption,
    value: &Value,
    placed: &[Value],
    durations: &[Quantity<Duration>],
) -> Result<Shift, Diagnostic> {
    let (earlier, amount) = quantity::signed_duration(value)?;
    let longest = durations.iter().zip(placed).next().filter(|_| option.within);
    if let (Quantity::Literal(given, _), Some((Quantity::Literal(longest, _), written))) = (&amount, longest)
        && given >= longest
    {
        let (text, longest) = (value.tokens.to_string(), written.tokens.to_string());
        return Err(catalogue::long_offset(value.span, &text, &longest));
    }
    Ok(Shift { earlier, amount })
}
