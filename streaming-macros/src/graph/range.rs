//! A range of times: `-5min..=15min`.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Expr, ExprUnary, RangeLimits, UnOp};

use super::{ArgValue, Quantity, Shift, quantity};
use crate::diag::{Diagnostic, SpanRange, catalogue};
use crate::syntax::tree::Value;

/// Both ends, of which the earlier one comes first; `name` is the option that takes the range.
pub(super) fn lower(value: &Value, name: &str) -> Result<ArgValue, Diagnostic> {
    let Ok(Expr::Range(range)) = syn::parse2(value.tokens.clone()) else {
        return Err(catalogue::no_range(
            value.span,
            name,
            &text(&value.tokens),
            value.number().is_some(),
        ));
    };
    let (Some(first), Some(last)) = (&range.start, &range.end) else {
        return Err(catalogue::open_range(value.span, name));
    };
    if matches!(range.limits, RangeLimits::HalfOpen(_)) {
        let (first, last) = (text(&first.to_token_stream()), text(&last.to_token_stream()));
        return Err(catalogue::exclusive_range(value.span, &first, &last));
    }
    let (from, to) = (end(first, value)?, end(last, value)?);
    if let (Some(lower), Some(upper)) = (nanos(&from), nanos(&to))
        && lower > upper
    {
        let (first, last) = (text(&first.to_token_stream()), text(&last.to_token_stream()));
        return Err(catalogue::reversed_range(value.span, &first, &last));
    }
    Ok(ArgValue::Range(from, to))
}

/// `-5min`, `15min`, `-before`
fn end(expr: &Expr, whole: &Value) -> Result<Shift, Diagnostic> {
    let as_value = |expr: &Expr| {
        let tokens = expr.to_token_stream();
        Value {
            span: SpanRange::of(&tokens).unwrap_or(whole.span),
            tokens,
            broken: false,
        }
    };
    let (earlier, amount) = match expr {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr: amount,
            ..
        }) if as_value(expr).number().is_none() => (true, quantity::duration(&as_value(amount), true)?),
        _ => quantity::signed_duration(&as_value(expr))?,
    };
    Ok(Shift { earlier, amount })
}

/// What is known of an end.
fn nanos(end: &Shift) -> Option<i128> {
    let Quantity::Literal(amount, _) = &end.amount else {
        return None;
    };
    let amount = i128::try_from(amount.as_nanos()).unwrap_or(i128::MAX);
    Some(if end.earlier { -amount } else { amount })
}

fn text(tokens: &TokenStream) -> String {
    tokens.to_string().replace("- ", "-")
}
