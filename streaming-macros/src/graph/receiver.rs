//! `self` in the closures of a pipeline that a method builds.
//!
//! A pipeline outlives the method, so no closure can keep `&self`. What closures read of `self` becomes variables of their own:
//! `self.limit` a clone of that field, and `self` as a whole, as in `self.is_known(x)`, the value or a clone of it.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

use super::agg::Piece;
use super::{ArgValue, Graph};
use crate::spec::Ty;

/// What stands in closures for a field of `self`, or for all of it.
#[derive(Clone, Debug)]
pub(crate) enum Receiver {
    /// `self.field`, as it was first written.
    Field(TokenStream),
    /// `self`
    Whole(Ident),
}

impl Graph {
    /// Gives the closures variables in place of `self`.
    pub(crate) fn lift_receiver(&mut self) {
        let mut found = BTreeMap::new();
        for node in &mut self.nodes {
            let spec = node.spec;
            let options = node.options.iter_mut().flat_map(|option| &mut option.values);
            let options = options.map(|value| (None, value));
            let args = node.args.iter_mut().enumerate();
            let args = args.map(|(at, value)| (spec.arg(at).map(|arg| arg.ty), value));
            for (ty, value) in args.chain(options) {
                match value {
                    ArgValue::Function { tokens, .. } => lift(tokens, &mut found),
                    ArgValue::Expr(tokens) if matches!(ty, Some(Ty::Init)) => lift(tokens, &mut found),
                    ArgValue::Aggregation(agg) => {
                        let calls = agg.calls.iter_mut().flat_map(|call| &mut call.args);
                        calls.for_each(|argument| lift(argument, &mut found));
                        agg.expr.iter_mut().for_each(|piece| lift_piece(piece, &mut found));
                    }
                    _ => {}
                }
            }
        }
        self.receiver = found;
    }
}

type Found = BTreeMap<String, Receiver>;

fn lift_piece(piece: &mut Piece, found: &mut Found) {
    match piece {
        Piece::Tokens(tokens) => lift(tokens, found),
        Piece::Group { pieces, .. } => pieces.iter_mut().for_each(|piece| lift_piece(piece, found)),
        _ => {}
    }
}

fn lift(tokens: &mut TokenStream, found: &mut Found) {
    // An item in a closure has a `self` of its own.
    if has(tokens, "self") && !has(tokens, "impl") && !has(tokens, "trait") {
        *tokens = lifted(tokens.clone(), found);
    }
}

fn has(tokens: &TokenStream, word: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => has(&group.stream(), word),
        _ => false,
    })
}

fn lifted(tokens: TokenStream, found: &mut Found) -> TokenStream {
    let list: Vec<TokenTree> = tokens.into_iter().collect();
    let mut result = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let (variable, length) = match &list[at] {
            TokenTree::Ident(word) if word == "self" && !is_path(&list, at) => variable(&list[at..], word, found),
            TokenTree::Group(group) => {
                let mut inner = proc_macro2::Group::new(group.delimiter(), lifted(group.stream(), found));
                inner.set_span(group.span());
                (TokenTree::Group(inner), 1)
            }
            token => (token.clone(), 1),
        };
        result.push(variable);
        at += length;
    }
    result.into_iter().collect()
}

/// `self::helper`, `a::self`
fn is_path(list: &[TokenTree], at: usize) -> bool {
    let colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(list.get(at + 1)) || colon(at.checked_sub(1).map(|before| &list[before]))
}

/// The variable for `self.field` or `self`, and how many tokens it takes the place of.
fn variable(list: &[TokenTree], word: &Ident, found: &mut Found) -> (TokenTree, usize) {
    let field = match list {
        [_, TokenTree::Punct(dot), field, rest @ ..] if dot.as_char() == '.' => {
            let called =
                matches!(rest.first(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            let generic = matches!(rest.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
            let named = matches!(field, TokenTree::Ident(name) if name != "await");
            let numbered = matches!(field, TokenTree::Literal(number) if number.to_string().parse::<usize>().is_ok());
            ((named || numbered) && !called && !generic).then_some(field)
        }
        _ => None,
    };
    let (name, span, receiver, length): (String, Span, Receiver, usize) = match field {
        Some(field) => (
            format!("__self_{field}"),
            field.span(),
            Receiver::Field(list[..3].iter().cloned().collect()),
            3,
        ),
        None => ("__self".to_owned(), word.span(), Receiver::Whole(word.clone()), 1),
    };
    found.entry(name.clone()).or_insert(receiver);
    // Names the variable where the user wrote the field, in the scope of the user's `self`.
    (
        TokenTree::Ident(Ident::new(&name, word.span().located_at(span))),
        length,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_the_whole() {
        let check = |text: &str, expected: &str, names: &[&str]| {
            let (mut tokens, mut found) = (text.parse().unwrap(), Found::new());
            lift(&mut tokens, &mut found);
            assert_eq!(tokens.to_string(), expected.parse::<TokenStream>().unwrap().to_string());
            assert_eq!(found.keys().collect::<Vec<_>>(), names);
        };
        check("|x| x > self.limit.min", "|x| x > __self_limit.min", &["__self_limit"]);
        check(
            "|x| self.is_known(x, self.0)",
            "|x| __self.is_known(x, __self_0)",
            &["__self", "__self_0"],
        );
        check("|x| (self.f)(x)", "|x| (__self_f)(x)", &["__self_f"]);
        check("|x| self::helper(x)", "|x| self::helper(x)", &[]);
        check(
            "|x| format!(\"{} {}\", self.name, x)",
            "|x| format!(\"{} {}\", __self_name, x)",
            &["__self_name"],
        );
        check(
            "|x| { impl A { fn b(self) { self.c } } }",
            "|x| { impl A { fn b(self) { self.c } } }",
            &[],
        );
    }
}
