//! Mistakes inside a closure that can be told for certain from its tokens, before rustc speaks of code that it was not shown.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAsync, ExprAwait, ExprClosure, ExprTry, Item};

use super::{How, Names};
use crate::diag::{Diagnostic, catalogue};
use crate::spec::Tries;
use crate::syntax::tree::Value;

/// The mistake, where there is one.
pub(super) fn mistake(value: &Value, operator: &str, tries: Tries) -> Option<Diagnostic> {
    let Ok(Expr::Closure(closure)) = syn::parse2(value.tokens.clone()) else {
        return None;
    };
    let mut found = Found::default();
    found.visit_expr(&closure.body);
    if let Some(span) = found.awaited {
        return Some(catalogue::await_in_closure(span, operator));
    }
    if let Some(span) = found.tried
        && match tries {
            Tries::Freely => false,
            Tries::UnlessPlain => is_plain(&closure.body),
            Tries::Never => true,
        }
    {
        return Some(catalogue::question_mark_in_closure(span, operator));
    }
    let names = Names::of(&value.tokens);
    let changed = names
        .free()
        .find(|used| used.how == How::Changed && !used.ident.to_string().starts_with(char::is_uppercase));
    changed.map(|used| catalogue::changed_capture(&used.ident, &used.ident.to_string()))
}

/// What belongs to the closure itself, and not to a function inside it.
#[derive(Default)]
struct Found {
    awaited: Option<Span>,
    tried: Option<Span>,
}

impl Visit<'_> for Found {
    fn visit_expr_await(&mut self, expr: &ExprAwait) {
        self.awaited.get_or_insert(expr.await_token.span());
        visit::visit_expr_await(self, expr);
    }

    fn visit_expr_try(&mut self, expr: &ExprTry) {
        self.tried.get_or_insert(expr.question_token.span());
        visit::visit_expr_try(self, expr);
    }

    fn visit_expr_async(&mut self, _: &ExprAsync) {}
    fn visit_expr_closure(&mut self, _: &ExprClosure) {}
    fn visit_item(&mut self, _: &Item) {}
}

/// Whether the value can be no `Result` and no `Option`, whatever the types are.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Array(_)
        | Expr::Binary(_)
        | Expr::Cast(_)
        | Expr::Lit(_)
        | Expr::Range(_)
        | Expr::Reference(_)
        | Expr::Repeat(_)
        | Expr::Struct(_)
        | Expr::Tuple(_) => true,
        // `a?` as the last word: what is left is the value itself.
        Expr::Paren(inner) => is_plain(&inner.expr),
        Expr::Group(inner) => is_plain(&inner.expr),
        Expr::Block(block) => last(&block.block).is_some_and(is_plain),
        Expr::If(branch) => last(&branch.then_branch).is_some_and(is_plain),
        Expr::Match(choice) => choice.arms.iter().any(|arm| is_plain(&arm.body)),
        Expr::Macro(call) => ["format", "vec"].iter().any(|name| call.mac.path.is_ident(name)),
        _ => false,
    }
}

fn last(block: &syn::Block) -> Option<&Expr> {
    match block.stmts.last() {
        Some(syn::Stmt::Expr(expr, None)) => Some(expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SpanRange;
    use crate::ops::TABLE;

    #[track_caller]
    fn check(operator: &str, closure: &str, expected: Option<&str>) {
        let tokens: proc_macro2::TokenStream = closure.parse().unwrap();
        let span = SpanRange::of(&tokens).unwrap();
        let value = Value {
            tokens,
            span,
            broken: false,
        };
        let tries = TABLE.method(operator).unwrap().tries;
        let found = mistake(&value, operator, tries);
        let message = found.as_ref().map(|found| found.message.as_str());
        match expected {
            Some(part) => assert!(message.is_some_and(|message| message.contains(part)), "{message:?}"),
            None => assert_eq!(message, None),
        }
    }

    #[test]
    fn what_is_certain_is_told() {
        check("map", "|x| load(x).await", Some("`.await`"));
        check("map", "|x| x.parse::<u64>()? + 1", Some("`?`"));
        check("map", "|x| { let n = x.parse::<u64>()?; Row { n } }", Some("`?`"));
        check("filter", "|x| check(x)?", Some("`?`"));
        check("inspect", "|_| seen += 1", Some("`seen`"));
        check("map", "|x| { last = x; x }", Some("`last`"));
    }

    #[test]
    fn what_may_be_right_is_rustc_s() {
        check("map", "|x| parse(x?)", None);
        check("map", "|x| { let n = x.parse::<u64>()?; Ok(n) }", None);
        check("filter_map", "|x| Some(x.parse::<u64>().ok()? + 1)", None);
        check("flat_map", "|x| (0..1).map(|y| z(y)?)", None);
        check("filter", "|x| x.iter().filter_map(|y| y?).any(|y| y)", None);
        check("map", "|x| spawn(async move { x.await })", None);
        check("map", "|x| { let mut seen = 0; seen += 1; seen }", None);
        check("inspect", "|x| *seen.lock().unwrap() += 1", None);
    }
}
