//! Unit literals: `500ms`, `30s`, `128KiB`.

use std::time::Duration;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::Lit;

/// A number with its suffix, not judged yet.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) negative: bool,
    /// Decimal digits, with a fraction perhaps, without underscores.
    pub(crate) digits: String,
    pub(crate) suffix: String,
    pub(crate) span: Span,
}

/// The view of tokens as one number; `None` where they are anything else.
pub(crate) fn number(tokens: &TokenStream) -> Option<Number> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (negative, literal) = match tokens.as_slice() {
        [TokenTree::Literal(literal)] => (false, literal),
        [TokenTree::Punct(minus), TokenTree::Literal(literal)] if minus.as_char() == '-' => (true, literal),
        _ => return None,
    };
    let (digits, suffix) = match Lit::new(literal.clone()) {
        Lit::Int(number) => (number.base10_digits().to_owned(), number.suffix().to_owned()),
        Lit::Float(number) => (number.base10_digits().to_owned(), number.suffix().to_owned()),
        _ => return None,
    };
    Some(Number {
        negative,
        digits,
        suffix,
        span: literal.span(),
    })
}

/// The first number with one of our units, outside the calls of macros, whose input is their own.
pub(crate) fn first_with_unit(tokens: &TokenStream) -> Option<(Span, String)> {
    let mut macro_call = false;
    for token in tokens.clone() {
        let found = match &token {
            TokenTree::Group(group) if !macro_call => first_with_unit(&group.stream()),
            TokenTree::Literal(literal) => number(&token.to_token_stream())
                .filter(|number| is_unit(&number.suffix))
                .map(|_| (literal.span(), literal.to_string())),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        macro_call = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!');
    }
    None
}

/// Why a number is not the quantity that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No suffix.
    NoUnit,
    /// A suffix we do not know; the right one, where we can tell.
    Unit(Option<&'static str>),
    /// Not a whole number of the smallest unit.
    Fraction,
    /// Below zero, or more than fits.
    Range,
}

/// Names, with how many microseconds each has.
const TIMES: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// Names, with how many bytes each has.
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// What people write instead.
const MISSPELLED: [(&str, &str); 34] = [
    ("millis", "ms"),
    ("msec", "ms"),
    ("msecs", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("micros", "us"),
    ("usec", "us"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("S", "s"),
    ("m", "min"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("H", "h"),
    ("day", "d"),
    ("days", "d"),
    ("D", "d"),
    ("b", "B"),
    ("bytes", "B"),
    ("k", "KiB"),
    ("kb", "KiB"),
    ("kib", "KiB"),
    ("mb", "MiB"),
    ("mib", "MiB"),
    ("M", "MiB"),
    ("gb", "GiB"),
    ("gib", "GiB"),
];

/// Whether the word is a unit, or what people write for one.
pub(crate) fn is_unit(word: &str) -> bool {
    let mut known = TIMES.iter().chain(&SIZES).map(|(name, _)| *name);
    known.any(|name| name == word) || MISSPELLED.iter().any(|(wrong, _)| *wrong == word)
}

/// Reads a time span, down to the microsecond.
pub(crate) fn duration(number: &Number) -> Result<Duration, Unfit> {
    scaled(number, &TIMES).map(Duration::from_micros)
}

/// Reads a number of bytes.
pub(crate) fn bytes(number: &Number) -> Result<u64, Unfit> {
    scaled(number, &SIZES)
}

/// Reads a plain whole number; Rust's own suffixes are fine.
pub(crate) fn whole(number: &Number) -> Result<u64, Unfit> {
    let rust = number.suffix.is_empty() || number.suffix.starts_with(['u', 'i']) && number.suffix != "us";
    if !rust {
        return Err(Unfit::Unit(None));
    }
    amount(number, 1)
}

fn scaled(number: &Number, units: &[(&'static str, u64)]) -> Result<u64, Unfit> {
    if number.suffix.is_empty() {
        return Err(Unfit::NoUnit);
    }
    let unit = units.iter().find(|(name, _)| *name == number.suffix);
    let (_, factor) = unit.ok_or_else(|| Unfit::Unit(spelled(&number.suffix, units)))?;
    amount(number, *factor)
}

fn spelled(suffix: &str, units: &[(&'static str, u64)]) -> Option<&'static str> {
    let exact = MISSPELLED.iter().find(|(wrong, _)| *wrong == suffix);
    let folded = || MISSPELLED.iter().find(|(wrong, _)| *wrong == suffix.to_lowercase());
    let right = exact.or_else(folded).map(|(_, right)| *right)?;
    units.iter().any(|(name, _)| *name == right).then_some(right)
}

/// `digits × factor` in exact decimal arithmetic: `1.5` of a thousand is 1500, and no float rounds it.
fn amount(number: &Number, factor: u64) -> Result<u64, Unfit> {
    if number.negative {
        return Err(Unfit::Range);
    }
    let (whole, fraction) = number.digits.split_once('.').unwrap_or((&number.digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let parse = |digits: &str| digits.parse::<u128>().map_err(|_| Unfit::Range);
    let mut total = parse(whole)?.checked_mul(u128::from(factor)).ok_or(Unfit::Range)?;
    if !fraction.is_empty() {
        let scale = u32::try_from(fraction.len())
            .ok()
            .and_then(|length| 10u128.checked_pow(length));
        let scale = scale.ok_or(Unfit::Fraction)?;
        let part = parse(fraction)?.checked_mul(u128::from(factor)).ok_or(Unfit::Range)?;
        if part % scale != 0 {
            return Err(Unfit::Fraction);
        }
        total += part / scale;
    }
    u64::try_from(total).map_err(|_| Unfit::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Number {
        number(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn times() {
        let cases = [
            ("500us", Ok(500)),
            ("500ms", Ok(500_000)),
            ("1.5s", Ok(1_500_000)),
            ("1_000s", Ok(1_000_000_000)),
            ("15min", Ok(900_000_000)),
            ("2h", Ok(7_200_000_000)),
            ("7d", Ok(604_800_000_000)),
            ("0s", Ok(0)),
            ("30", Err(Unfit::NoUnit)),
            ("10sec", Err(Unfit::Unit(Some("s")))),
            ("5m", Err(Unfit::Unit(Some("min")))),
            ("1hr", Err(Unfit::Unit(Some("h")))),
            ("1MiB", Err(Unfit::Unit(None))),
            ("3parsecs", Err(Unfit::Unit(None))),
            ("-3s", Err(Unfit::Range)),
            ("0.0000001s", Err(Unfit::Fraction)),
            ("99999999999999999d", Err(Unfit::Range)),
            ("99999999999999999999999999999999999999999999d", Err(Unfit::Range)),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(&read(text)), expected.map(Duration::from_micros), "{text}");
        }
    }

    #[test]
    fn sizes_and_plain_numbers() {
        assert_eq!(bytes(&read("128KiB")), Ok(131_072));
        assert_eq!(bytes(&read("0.5MiB")), Ok(524_288));
        assert_eq!(bytes(&read("64mb")), Err(Unfit::Unit(Some("MiB"))));
        assert_eq!(bytes(&read("64MB")), Err(Unfit::Unit(Some("MiB"))));
        assert_eq!(whole(&read("8")), Ok(8));
        assert_eq!(whole(&read("8usize")), Ok(8));
        assert_eq!(whole(&read("8s")), Err(Unfit::Unit(None)));
        assert!(number(&"a + 1".parse().unwrap()).is_none());
        assert!(number(&"\"text\"".parse().unwrap()).is_none());
    }
}
