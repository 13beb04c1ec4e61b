//! Which variables an expression of the user's takes from outside.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprPath, Macro, PatIdent};

/// A use of a variable.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) name: String,
    pub(super) span: Span,
}

/// What tokens use, and what they bind themselves.
#[derive(Debug, Default)]
pub(super) struct Names {
    used: Vec<Use>,
    bound: HashSet<String>,
}

impl Names {
    /// Looks through an expression, or through statements; tokens that are neither have no names.
    pub(super) fn of(tokens: &TokenStream) -> Self {
        let mut names = Self::default();
        if let Ok(expr) = syn::parse2::<Expr>(tokens.clone()) {
            names.visit_expr(&expr);
        } else if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
            for statement in &statements {
                names.visit_stmt(statement);
            }
        }
        names
    }

    /// The names that are bound anywhere inside.
    pub(super) fn bound(&self) -> impl Iterator<Item = &str> {
        self.bound.iter().map(String::as_str)
    }

    /// The uses of what is bound outside. A name that is bound anywhere inside counts as the one inside.
    pub(super) fn free(&self) -> impl Iterator<Item = &Use> {
        self.used.iter().filter(|used| !self.bound.contains(&used.name))
    }

    /// What stands inside `println!(…)` and its like: names, and `{name}` in texts.
    fn macro_tokens(&mut self, tokens: TokenStream) {
        let mut behind_dot = false;
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) if !behind_dot => self.uses(ident),
                TokenTree::Group(group) => self.macro_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if text.ends_with('"') {
                        self.used.extend(captures(&text).into_iter().map(|name| Use {
                            name,
                            span: literal.span(),
                        }));
                    }
                }
                _ => {}
            }
            behind_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        }
    }

    fn uses(&mut self, ident: &Ident) {
        self.used.push(Use {
            name: ident.to_string(),
            span: ident.span(),
        });
    }
}

impl Visit<'_> for Names {
    fn visit_expr_path(&mut self, path: &ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.uses(ident);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.bound.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &Macro) {
        self.macro_tokens(call.tokens.clone());
    }
}

/// `a` and `b` of `"{a} {b:?} {{c}}"`.
fn captures(text: &str) -> Vec<String> {
    let text = text.replace("{{", "");
    let parts = text.split('{').skip(1);
    let names = parts.map(|part| part.split(['}', ':']).next().unwrap_or_default().to_owned());
    names.filter(|name| syn::parse_str::<Ident>(name).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(text: &str) -> Vec<String> {
        let names = Names::of(&text.parse().unwrap());
        names.free().map(|used| used.name.clone()).collect()
    }

    #[test]
    fn finds_what_comes_from_outside() {
        assert_eq!(free("|order| order.amount > limit"), ["limit"]);
        assert_eq!(free("|(a, b)| { let c = a; c + b + d }"), ["d"]);
        assert_eq!(
            free("move |x| format!(\"{prefix}{x:?} {{no}} {}\", x.suffix)"),
            ["prefix"]
        );
        assert_eq!(free("Row { user, n: n.len() }"), ["user", "n"]);
        assert_eq!(free("println!(\"{}\", lines.len());"), ["lines"]);
        assert_eq!(free("std::f64::consts::PI + x.y"), ["x"]);
        assert!(free("1 +").is_empty());
    }
}
