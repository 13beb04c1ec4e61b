//! `{name}` in the texts of `format!` and its like.

use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Token};

/// Macros whose first arguments come before the text.
const TEXT_LATER: [(&str, usize); 10] = [
    ("write", 1),
    ("writeln", 1),
    ("assert", 1),
    ("debug_assert", 1),
    ("ensure", 1),
    ("assert_eq", 2),
    ("assert_ne", 2),
    ("debug_assert_eq", 2),
    ("debug_assert_ne", 2),
    ("log", 1),
];

/// Macros that format their first literal.
const TEXT_FIRST: [&str; 18] = [
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "panic",
    "format_args",
    "unreachable",
    concat!("to", "do"),
    concat!("unimplemen", "ted"),
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "anyhow",
    "bail",
    "event",
];

/// Which argument of that macro is a text that is formatted.
pub(super) fn of_macro(name: &str, args: &Punctuated<Expr, Token![,]>) -> Option<usize> {
    let is_text = |expr: &Expr| matches!(expr, Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)));
    if let Some((_, at)) = TEXT_LATER.iter().find(|(later, _)| *later == name) {
        return args.iter().nth(*at).filter(|arg| is_text(arg)).map(|_| *at);
    }
    TEXT_FIRST.contains(&name).then(|| args.iter().position(is_text))?
}

/// `a`, `b` and `width` of `"{a} {b:>width$} {{c}}"`.
pub(super) fn captures(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let Some(close) = rest.find('}') else { break };
        let (name, format) = rest[..close].split_once(':').unwrap_or((&rest[..close], ""));
        found.push(name.trim());
        // `{:>width$.precision$}`
        let mut parts = format.split('$').collect::<Vec<_>>();
        parts.pop();
        let word = |part: &'_ str| {
            part.rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                .map_or(0, |at| at + part[at..].chars().next().map_or(1, char::len_utf8))
        };
        found.extend(parts.into_iter().map(|part| &part[word(part)..]));
        rest = &rest[close + 1..];
    }
    let names = found
        .into_iter()
        .filter(|name| syn::parse_str::<syn::Ident>(name).is_ok());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::captures;

    #[test]
    fn finds_names_widths_and_precisions() {
        assert_eq!(captures("{a}{b:?} {{c}} {} {0} {d:>w$.p$}"), ["a", "b", "d", "w", "p"]);
        assert_eq!(captures("{a:-^w$}"), ["a", "w"]);
        assert!(captures("{{{{a}}}} {").is_empty());
        assert_eq!(captures("{{{a}}}"), ["a"]);
    }
}
