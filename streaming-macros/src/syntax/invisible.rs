//! Groups that cannot be seen: what a `macro_rules!` around the pipeline leaves around `$e:expr`, `$d:literal`, `$v:vis`.
//!
//! They keep `$a * $b` together where `$a` is a sum, and stand in the way of everything that looks at tokens. So they are taken
//! away where nothing depends on them.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens, without the invisible groups that make no difference.
pub(crate) fn open(tokens: TokenStream) -> TokenStream {
    opened(&tokens).unwrap_or(tokens)
}

/// `None` where nothing changes, so that groups keep the places of their brackets.
fn opened(tokens: &TokenStream) -> Option<TokenStream> {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut changed = false;
    let mut result: Vec<TokenTree> = Vec::new();
    for (at, token) in list.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            result.push(token.clone());
            continue;
        };
        let inner = opened(&group.stream());
        changed |= inner.is_some();
        if group.delimiter() != Delimiter::None {
            result.push(match inner {
                Some(inner) => TokenTree::Group(with(group, inner)),
                None => token.clone(),
            });
            continue;
        }
        let inner = inner.unwrap_or_else(|| group.stream());
        let content: Vec<TokenTree> = inner.clone().into_iter().collect();
        if is_superfluous(result.last(), &content, list.get(at + 1)) {
            changed = true;
            result.extend(content);
        } else {
            result.push(TokenTree::Group(with(group, inner)));
        }
    }
    changed.then(|| result.into_iter().collect())
}

fn with(group: &Group, inner: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), inner);
    changed.set_span(group.span());
    changed
}

/// Whether the content means the same without the group around it.
fn is_superfluous(before: Option<&TokenTree>, content: &[TokenTree], after: Option<&TokenTree>) -> bool {
    let is_punct = |token: Option<&TokenTree>, chars: &[char]| matches!(token, Some(TokenTree::Punct(punct)) if chars.contains(&punct.as_char()));
    let statement = ["let", "pub", "fn"];
    let begins_statement =
        matches!(content.first(), Some(TokenTree::Ident(word)) if statement.iter().any(|other| word == other));
    let begins = before.is_none() || is_punct(before, &[',', ';', '=']);
    let ends = after.is_none() || is_punct(after, &[',', ';']);
    content.len() <= 1 || begins_statement || begins && (ends || is_chain(content))
}

/// `files(pattern).lines()`: nothing that a dot behind it would tear apart.
fn is_chain(content: &[TokenTree]) -> bool {
    let plain = |token: &TokenTree| match token {
        TokenTree::Ident(word) => ![
            "as", "move", "return", "break", "if", "match", "async", "unsafe", "loop", "while", "for",
        ]
        .iter()
        .any(|keyword| word == keyword),
        TokenTree::Punct(punct) => matches!(punct.as_char(), '.' | ':'),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        TokenTree::Literal(_) => false,
    };
    content.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> TokenTree {
        TokenTree::Group(Group::new(Delimiter::None, text.parse().unwrap()))
    }

    /// Puts invisible groups where `⟨…⟩` stands, by replacing the words `G0`, `G1`.
    fn with_groups(text: &str, groups: &[&str]) -> TokenStream {
        fill(text.parse().unwrap(), groups)
    }

    fn fill(tokens: TokenStream, groups: &[&str]) -> TokenStream {
        let replace = |token: TokenTree| match &token {
            TokenTree::Ident(word) => match word
                .to_string()
                .strip_prefix('G')
                .and_then(|at| at.parse::<usize>().ok())
            {
                Some(at) => group(groups[at]),
                None => token,
            },
            TokenTree::Group(inner) => TokenTree::Group(with(inner, fill(inner.stream(), groups))),
            _ => token,
        };
        tokens.into_iter().map(replace).collect()
    }

    /// How many invisible groups are left.
    fn left(tokens: TokenStream) -> usize {
        let count = |token: TokenTree| match token {
            TokenTree::Group(group) => usize::from(group.delimiter() == Delimiter::None) + left(group.stream()),
            _ => 0,
        };
        tokens.into_iter().map(count).sum()
    }

    #[track_caller]
    fn check(text: &str, groups: &[&str], stay: usize) {
        let opened = open(with_groups(text, groups));
        assert_eq!(left(opened.clone()), stay, "{opened}");
    }

    #[test]
    fn what_makes_no_difference_is_opened() {
        check("G0 fn name() {}", &[""], 0);
        check("G0 fn name() {}", &["pub(crate)"], 0);
        check("window(tumbling(G0))", &["10s"], 0);
        check("memory(G0).filter(G1)", &["a + b", "|x| x > 1"], 0);
        check("let lines = G0.lines(); G1", &["files(dir)", "lines.print()"], 0);
        check("rate(1, count = G0)", &["a * 2"], 0);
    }

    #[test]
    fn what_keeps_an_expression_together_stays() {
        check("|x| G0 * 2", &["a + b"], 1);
        check("memory(G0.clone())", &["-x"], 1);
        check("memory(2 * G0)", &["a + b"], 1);
    }
}
