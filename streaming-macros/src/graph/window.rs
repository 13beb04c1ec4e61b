//! The shape of a window, as its spec has it.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use super::{ArgValue, Quantity, Shift, WindowShape, quantity};
use crate::diag::foreign::At;
use crate::diag::{Diagnostic, SpanRange, catalogue, suggest};
use crate::spec::Shape;
use crate::syntax::tree::Value;

/// `tumbling(size)`, `sliding(size, every = 1min, offset = 4d)`, `session(gap = 30min)`
pub(super) fn lower(value: &Value) -> Result<ArgValue, Diagnostic> {
    const EXAMPLE: &str = "window(tumbling(1min))";
    let Some((word, inside)) = value.word_call() else {
        let what = "the shape of the window";
        return Err(catalogue::wrong_argument(value.span, what, EXAMPLE));
    };
    let text = word.to_string();
    let Some(shape) = Shape::of(&text) else {
        let names = Shape::names();
        let meant = suggest::nearest(&text, names);
        return Err(catalogue::unknown_here(
            &word,
            At::Window,
            "window",
            &text,
            meant,
            &names,
        ));
    };
    let given = Given::read(shape, &word, inside)?;
    let mut lengths = Vec::new();
    for value in given.first.iter().chain(&given.named) {
        lengths.push(length(value)?);
    }
    if let [Quantity::Literal(size, _), Quantity::Literal(every, _)] = &lengths[..]
        && let (Some(first), Some(named)) = (&given.first, &given.named)
        && size.as_millis() % every.as_millis().max(1) != 0
    {
        let texts = [&*first.tokens.to_string(), &*named.tokens.to_string()];
        return Err(catalogue::uneven_slide(named.span, texts, *size, *every));
    }
    // What an offset is measured against: a window, or how often one begins.
    let offset = match (given.offset, given.named.or(given.first), lengths.last()) {
        (Some(value), Some(period), Some(length)) => Some(shift(&value, &period, length)?),
        _ => None,
    };
    Ok(ArgValue::Window(WindowShape {
        word,
        shape,
        lengths,
        offset,
    }))
}

/// One length of a window.
fn length(value: &Value) -> Result<Quantity<Duration>, Diagnostic> {
    let zero = value
        .number()
        .is_some_and(|number| number.digits.trim_matches(['0', '.']).is_empty());
    let quantity = quantity::duration(value, true)?;
    if zero {
        return Err(catalogue::empty_window(value.span));
    }
    Ok(quantity)
}

/// What follows `offset = `, against the length after which windows repeat.
fn shift(value: &Value, period: &Value, length: &Quantity<Duration>) -> Result<Shift, Diagnostic> {
    let (earlier, amount) = quantity::signed_duration(value)?;
    let too_long = match (&amount, length) {
        (Quantity::Literal(amount, _), Quantity::Literal(length, _)) => amount >= length,
        _ => false,
    };
    if too_long {
        let (offset, period) = (value.tokens.to_string(), period.tokens.to_string());
        return Err(catalogue::long_offset(value.span, &offset, &period));
    }
    Ok(Shift { earlier, amount })
}

/// What stands between the parentheses.
struct Given {
    first: Option<Value>,
    named: Option<Value>,
    offset: Option<Value>,
}

impl Given {
    fn read(shape: &Shape, word: &Ident, tokens: TokenStream) -> Result<Self, Diagnostic> {
        let mut given = Self {
            first: None,
            named: None,
            offset: None,
        };
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        let Ok(exprs) = parser.parse2(tokens.clone()) else {
            given.first = Some(super::lower::one_argument(word, tokens)?);
            return given.whole(shape, word);
        };
        let mut first = Punctuated::<Expr, Token![,]>::new();
        for expr in exprs {
            match &expr {
                Expr::Assign(named) if shape.first != Some(named.left.to_token_stream().to_string().as_str()) => {
                    given.take(shape, word, &named.left.to_token_stream(), as_value(&named.right, word))?;
                }
                // `tumbling(1d, 8h)`, `session(30min)`
                other
                    if let Some(name) = shape.options().first()
                        && first.len() == usize::from(shape.first.is_some())
                        && as_value(other, word).number().is_some() =>
                {
                    let value = as_value(other, word);
                    return Err(catalogue::unnamed_option(value.span, name, &value.tokens.to_string()));
                }
                _ => first.push(expr),
            }
        }
        if shape.first.is_some() || !first.is_empty() {
            given.first = Some(super::lower::one_argument(word, first.to_token_stream())?);
        }
        given.whole(shape, word)
    }

    /// `every = 1min`
    fn take(&mut self, shape: &Shape, word: &Ident, name: &TokenStream, value: Value) -> Result<(), Diagnostic> {
        let (span, name) = (SpanRange::of(name).unwrap_or(word.into()), name.to_string());
        let place = match name.as_str() {
            "offset" if shape.shifts => &mut self.offset,
            name if shape.named == Some(name) => &mut self.named,
            _ => {
                let known = shape.options();
                let meant = suggest::nearest(&name, known.iter().copied());
                return Err(catalogue::unknown_option(span, shape.name, &name, meant, &known));
            }
        };
        if place.replace(value).is_some() {
            return Err(catalogue::given_twice(span, "option", &name));
        }
        Ok(())
    }

    /// All lengths are given.
    fn whole(self, shape: &Shape, word: &Ident) -> Result<Self, Diagnostic> {
        match shape.named {
            Some(name) if self.named.is_none() => Err(catalogue::missing_length(word, shape.name, name, shape.example)),
            _ => Ok(self),
        }
    }
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
