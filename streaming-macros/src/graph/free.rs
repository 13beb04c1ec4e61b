//! Which variables an expression of the user's takes from outside.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprPath, Macro, PatIdent};

/// A use of a variable.
#[derive(Debug)]
pub(crate) struct Use {
    /// The user's token, or one that stands where a text mentions the name.
    pub(crate) ident: Ident,
    /// As a function that is called.
    pub(crate) called: bool,
}

/// What tokens use, and what they bind themselves.
#[derive(Debug, Default)]
pub(crate) struct Names {
    used: Vec<Use>,
    bound: HashSet<String>,
}

impl Names {
    /// Looks through an expression, or through statements; tokens that are neither have no names.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
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
    pub(crate) fn free(&self) -> impl Iterator<Item = &Use> {
        self.used
            .iter()
            .filter(|used| !self.bound.contains(&used.ident.to_string()))
    }

    /// What stands inside `println!(…)` and its like: names, and `{name}` in texts.
    fn macro_tokens(&mut self, tokens: TokenStream) {
        let mut behind_dot = false;
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) if !behind_dot => self.uses(ident, false),
                TokenTree::Group(group) => self.macro_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if text.ends_with('"') {
                        for name in captures(&text) {
                            self.uses(&Ident::new(&name, literal.span()), false);
                        }
                    }
                }
                _ => {}
            }
            behind_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        }
    }

    fn uses(&mut self, ident: &Ident, called: bool) {
        self.used.push(Use {
            ident: ident.clone(),
            called,
        });
    }
}

impl Visit<'_> for Names {
    fn visit_expr_path(&mut self, path: &ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.uses(ident, false);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        match name {
            Some(name) => self.uses(name, true),
            None => self.visit_expr(&call.func),
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
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
        names.free().map(|used| used.ident.to_string()).collect()
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
