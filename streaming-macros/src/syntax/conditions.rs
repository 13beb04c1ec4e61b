//! `#[cfg(…)]` on a statement.
//!
//! A macro cannot know what is configured, rustc can. So a pipeline with a condition becomes two calls of the macro under
//! `#[cfg(P)]` and `#[cfg(not(P))]`, with the statement and without it; rustc expands the one that counts. A pipeline with several
//! conditions is taken apart one condition at a time.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};

use super::{form, split};
use crate::diag::Diagnostics;

/// A pipeline whose form depends on the configuration.
pub(crate) struct Choice {
    /// What `#[cfg(…)]` asks for.
    pub(crate) condition: TokenStream,
    /// The input where it holds.
    pub(crate) with: TokenStream,
    /// The input where it does not.
    pub(crate) without: TokenStream,
    /// The pipeline is a function.
    pub(crate) is_item: bool,
}

/// The first condition of a pipeline.
pub(crate) fn first(input: &TokenStream) -> Option<Choice> {
    if !has_word(input) {
        return None;
    }
    let tokens: Vec<TokenTree> = input.clone().into_iter().collect();
    let is_item = form::is_item(&tokens);
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let at = match tokens.as_slice() {
        [TokenTree::Group(group)] if group.delimiter() != Delimiter::Bracket => Some(0),
        _ if is_item => Some(tokens.iter().rposition(is_body)?),
        _ => None,
    };
    let Some(at) = at else {
        let (condition, with, without) = conditioned(&tokens)?;
        return Some(Choice {
            condition,
            with,
            without,
            is_item,
        });
    };
    let TokenTree::Group(group) = &tokens[at] else {
        return None;
    };
    let choice = if is_body(&tokens[at]) {
        let (condition, with, without) = conditioned(&group.stream().into_iter().collect::<Vec<_>>())?;
        Choice {
            condition,
            with,
            without,
            is_item,
        }
    } else {
        first(&group.stream())?
    };
    let around = |inner: TokenStream| {
        let mut group = Group::new(group.delimiter(), inner);
        group.set_span(tokens[at].span());
        let (before, after) = (&tokens[..at], &tokens[at + 1..]);
        [before, &[TokenTree::Group(group)], after]
            .concat()
            .into_iter()
            .collect()
    };
    Some(Choice {
        with: around(choice.with),
        without: around(choice.without),
        ..choice
    })
}

/// The condition of the first statement that has one; the statements if it holds, and if not.
fn conditioned(body: &[TokenTree]) -> Option<(TokenStream, TokenStream, TokenStream)> {
    let mut diagnostics = Diagnostics::default();
    let statements = split::statements(body, &mut diagnostics);
    // Whoever parses in earnest finds them again.
    diagnostics.read();
    let mut start = 0;
    for statement in statements {
        // Between two statements there is nothing but semicolons.
        while matches!(body.get(start), Some(TokenTree::Punct(punct)) if punct.as_char() == ';') {
            start += 1;
        }
        let end = start + statement.tokens.len();
        let semicolon = matches!(body.get(end), Some(TokenTree::Punct(punct)) if punct.as_char() == ';');
        let behind = end + usize::from(semicolon && !statement.block);
        if let Some((at, attribute)) = attribute(statement.tokens) {
            let (before, after) = (&body[..start + at], &body[start + at + 2..]);
            let tokens = |parts: [&[TokenTree]; 3]| -> TokenStream { parts.concat().into_iter().collect() };
            return Some(match attribute {
                Attribute::Cfg(condition) => (
                    condition,
                    tokens([before, &[], after]),
                    tokens([&body[..start], &[], &body[behind..]]),
                ),
                Attribute::CfgAttr(condition, attributes) => {
                    let attributes: Vec<TokenTree> = attributes.into_iter().collect();
                    (
                        condition,
                        tokens([before, &attributes, after]),
                        tokens([before, &[], after]),
                    )
                }
            });
        }
        start = behind;
    }
    None
}

enum Attribute {
    Cfg(TokenStream),
    /// The condition, and the attributes as they are where it holds.
    CfgAttr(TokenStream, TokenStream),
}

/// The first condition among the attributes at the beginning of a statement, and where it stands.
fn attribute(statement: &[TokenTree]) -> Option<(usize, Attribute)> {
    let mut at = 0;
    while let [TokenTree::Punct(hash), TokenTree::Group(group), ..] = &statement[at..] {
        if hash.as_char() != '#' {
            return None;
        }
        let mut inside = group.stream().into_iter();
        if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(args)), None) =
            (inside.next(), inside.next(), inside.next())
        {
            if name == "cfg" {
                return Some((at, Attribute::Cfg(args.stream())));
            }
            if name == "cfg_attr" {
                let (condition, attributes) = cfg_attr(&args.stream(), hash, group);
                return Some((at, Attribute::CfgAttr(condition, attributes)));
            }
        }
        at += 2;
    }
    None
}

/// `P, a, b` as `P` and `#[a] #[b]`
fn cfg_attr(args: &TokenStream, hash: &proc_macro2::Punct, brackets: &Group) -> (TokenStream, TokenStream) {
    let args: Vec<TokenTree> = args.clone().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut parts = args.split(is_comma).filter(|part| !part.is_empty());
    let condition = parts.next().unwrap_or_default().iter().cloned().collect();
    let attributes = parts.map(|part| {
        let mut group = Group::new(Delimiter::Bracket, part.iter().cloned().collect());
        group.set_span(brackets.span());
        let hash = hash.to_token_stream();
        quote!(#hash #group)
    });
    (condition, attributes.collect())
}

/// Whether `cfg` stands anywhere: most pipelines have none.
fn has_word(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "cfg" || word == "cfg_attr",
        TokenTree::Group(group) => has_word(&group.stream()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, condition: &str, with: &str, without: &str) {
        let choice = first(&input.parse().unwrap()).expect("a condition");
        let text = |input: &str| input.parse::<TokenStream>().unwrap().to_string();
        assert_eq!(choice.condition.to_string(), text(condition));
        assert_eq!(choice.with.to_string(), text(with));
        assert_eq!(choice.without.to_string(), text(without));
    }

    #[test]
    fn a_statement_is_there_or_not() {
        check(
            "{ let a = stdin(); /// Doc\n #[cfg(test)] #[allow(x)] a.print(); a.print(); }",
            "test",
            "{ let a = stdin(); /// Doc\n #[allow(x)] a.print(); a.print(); }",
            "{ let a = stdin(); a.print(); }",
        );
        check(
            "/// Doc\n pub fn a(x: u8) { #[cfg(not(a))] if x > 1 { y } #[cfg(b)] z(); }",
            "not(a)",
            "/// Doc\n pub fn a(x: u8) { if x > 1 { y } #[cfg(b)] z(); }",
            "/// Doc\n pub fn a(x: u8) { #[cfg(b)] z(); }",
        );
        check(
            "#[cfg(a)] b.print(); c.print()",
            "a",
            "b.print(); c.print()",
            "c.print()",
        );
    }

    #[test]
    fn an_attribute_is_there_or_not() {
        check(
            "{ #[cfg_attr(test, allow(a), doc = \"b\")] x.print(); }",
            "test",
            "{ #[allow(a)] #[doc = \"b\"] x.print(); }",
            "{ x.print(); }",
        );
    }

    #[test]
    fn conditions_elsewhere_are_rustc_s() {
        let none = |input: &str| first(&input.parse().unwrap()).is_none();
        assert!(none("{ a.map(|x| { #[cfg(test)] dbg(x); x }).print(); }"));
        assert!(none("#[cfg(test)] fn a() { b.print(); }"));
        assert!(none("{ let cfg = 1; cfg.print(); }"));
    }
}
