//! Literals with units against what an argument asks for.

use std::time::Duration;

use super::Quantity;
use crate::diag::{Diagnostic, catalogue};
use crate::syntax::tree::Value;
use crate::syntax::unit::{self, Number, Unfit};

/// What a number is to measure, for messages.
struct Measure {
    example: &'static str,
    units: &'static str,
    smallest: &'static str,
}

const TIME: Measure = Measure {
    example: "s",
    units: "units of time are `us`, `ms`, `s`, `min`, `h` and `d`",
    smallest: "microseconds",
};
const SIZE: Measure = Measure {
    example: "MiB",
    units: "units of size are `B`, `KiB`, `MiB` and `GiB`",
    smallest: "bytes",
};
const COUNT: Measure = Measure {
    example: "",
    units: "write a plain number",
    smallest: "",
};

/// A time span. Only literals are judged; anything else is Rust's business.
pub(super) fn duration(value: &Value, zero: bool) -> Result<Quantity<Duration>, Diagnostic> {
    quantity(value, unit::duration, |duration| zero || !duration.is_zero(), &TIME)
}

/// A time span, and whether it is written with a minus in front.
pub(super) fn signed_duration(value: &Value) -> Result<(bool, Quantity<Duration>), Diagnostic> {
    let Some(mut number) = value.number().filter(|number| number.negative) else {
        return Ok((false, duration(value, true)?));
    };
    number.negative = false;
    match unit::duration(&number) {
        Ok(amount) => Ok((true, Quantity::Literal(amount, number.span))),
        Err(unfit) => {
            number.negative = true;
            Err(unfitting(value, &number, unfit, &TIME))
        }
    }
}

/// A number of bytes, more than none.
pub(super) fn bytes(value: &Value) -> Result<Quantity<u64>, Diagnostic> {
    quantity(value, unit::bytes, |bytes| *bytes > 0, &SIZE)
}

/// A whole number, more than none.
pub(super) fn whole(value: &Value) -> Result<Quantity<u64>, Diagnostic> {
    quantity(value, unit::whole, |number| *number > 0, &COUNT)
}

fn quantity<T>(
    value: &Value,
    read: impl Fn(&Number) -> Result<T, Unfit>,
    in_range: impl Fn(&T) -> bool,
    measure: &Measure,
) -> Result<Quantity<T>, Diagnostic> {
    if let Some(text) = value.text() {
        let example = format!("1{}", measure.example);
        return Err(catalogue::quoted(value.span, &text.value(), &example));
    }
    let Some(number) = value.number() else {
        if let Some((span, number)) = unit::first_with_unit(&value.tokens) {
            return Err(catalogue::stray_unit(span, &number));
        }
        return Ok(Quantity::Expr(value.tokens.clone()));
    };
    let read = read(&number).and_then(|amount| {
        if in_range(&amount) {
            Ok(amount)
        } else {
            Err(Unfit::Range)
        }
    });
    match read {
        Ok(amount) => Ok(Quantity::Literal(amount, number.span)),
        Err(unfit) => Err(unfitting(value, &number, unfit, measure)),
    }
}

fn unfitting(value: &Value, number: &Number, unfit: Unfit, measure: &Measure) -> Diagnostic {
    let sign = if number.negative { "-" } else { "" };
    let digits = format!("{sign}{}", number.digits);
    let text = format!("{digits}{}", number.suffix);
    match unfit {
        Unfit::NoUnit => catalogue::no_unit(value.span, &digits, measure.example),
        Unfit::Unit(_) if number.suffix.contains(|letter: char| letter.is_ascii_digit()) => {
            catalogue::two_units(value.span, &text)
        }
        Unfit::Unit(Some(right)) => catalogue::misspelled_unit(value.span, &text, &format!("{digits}{right}")),
        Unfit::Unit(None) if unit::duration(number).is_ok() => {
            catalogue::other_measure(value.span, &text, "a time", measure.units)
        }
        Unfit::Unit(None) if unit::bytes(number).is_ok() => {
            catalogue::other_measure(value.span, &text, "a size", measure.units)
        }
        Unfit::Unit(None) => catalogue::unknown_unit(value.span, &text, measure.units),
        Unfit::Fraction if measure.example.is_empty() => catalogue::not_whole(value.span, &text),
        Unfit::Fraction => catalogue::fraction(value.span, &text, measure.smallest),
        Unfit::Range if number.negative || number.digits.trim_matches(['0', '.']).is_empty() => {
            catalogue::out_of_range(value.span, &text, "it must be more than zero")
        }
        Unfit::Range => catalogue::out_of_range(value.span, &text, "it is more than this version can count"),
    }
}
