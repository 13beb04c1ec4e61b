//! `Result`s that come out of a `map` and are used further down as if they were the value.
//!
//! rustc speaks of the field or operator that a `Result` does not have. What is meant is `filter_map`, so where both ends look like
//! it, the record passes through a call that says so if it is a `Result` indeed. All else passes unchanged.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprBinary, ExprClosure, ExprField, ExprMethodCall, Pat, PatIdent, Stmt};

use super::names::{self, own};
use crate::graph::{ArgValue, Graph, NodeId};
use crate::spec::{Holds, Kind, Tries};

/// Methods that give a `Result`, whatever the types are.
const METHODS: [&str; 5] = ["parse", "try_into", "ok_or", "ok_or_else", "map_err"];

/// Methods that a value may have and a `Result` has not.
const OF_VALUES: [&str; 18] = [
    "abs",
    "as_bytes",
    "as_str",
    "chars",
    "contains",
    "ends_with",
    "floor",
    "is_empty",
    "len",
    "pow",
    "round",
    "split",
    "split_whitespace",
    "starts_with",
    "to_lowercase",
    "to_string",
    "to_uppercase",
    "trim",
];

/// The record for a function, which says so where it is a `Result` that the function takes for the value.
pub(super) fn told(graph: &Graph, id: NodeId, record: &TokenStream, function: &ArgValue) -> TokenStream {
    let mistaken = is_from_results(graph, id).then(|| used_as_value(function)).flatten();
    let Some(mistaken) = mistaken else {
        return record.clone();
    };
    let (user, private, value) = (mistaken.span(), names::user(names::PRIVATE, &mistaken), own("value"));
    let (look, taken) = (names::shown(quote!(&#value), user), names::shown(quote!(#value), user));
    let kept = quote_spanned!(user=> (&#private::Ask::about(#look)).__valued().keep(#taken));
    names::shown(quote!(match #record { #value => #kept }), user)
}

/// Whether the records come from a `map` that looks as if it gave `Result`s.
fn is_from_results(graph: &Graph, mut id: NodeId) -> bool {
    loop {
        let [input] = graph.nodes[id.0].inputs[..] else {
            return false;
        };
        id = input.node;
        let node = &graph.nodes[id.0];
        // What its function gives is the record.
        if node.spec.tries == Tries::UnlessPlain
            && let Some(ArgValue::Function { tokens, .. }) = node.args.first()
        {
            return syn::parse2(tokens.clone()).is_ok_and(|function| gives_result(&function));
        }
        let passes = matches!(node.spec.kind, Kind::Record | Kind::Parts | Kind::Time);
        if !passes || node.spec.holds != Holds::Looks {
            return false;
        }
    }
}

fn gives_result(function: &Expr) -> bool {
    match function {
        Expr::Closure(closure) => is_result(&closure.body),
        // A function of the program's: its signature says what it gives.
        Expr::Path(path) => {
            let lower = |name: &Ident| name.to_string().starts_with(char::is_lowercase);
            path.path.segments.iter().all(|segment| lower(&segment.ident))
        }
        _ => false,
    }
}

fn is_result(value: &Expr) -> bool {
    match value {
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(value, None)) => is_result(value),
            _ => false,
        },
        Expr::MethodCall(call) => METHODS.iter().any(|method| call.method == method),
        Expr::Call(call) => gives_result(&call.func),
        _ => false,
    }
}

/// Where a closure takes its parameter for something that no `Result` is.
fn used_as_value(function: &ArgValue) -> Option<Ident> {
    let ArgValue::Function { tokens, .. } = function else {
        return None;
    };
    let ExprClosure { inputs, body, .. } = syn::parse2(tokens.clone()).ok()?;
    let Some(Pat::Ident(record)) = inputs.first() else {
        return None;
    };
    let mut uses = Uses {
        record: &record.ident,
        found: None,
        rebound: false,
    };
    uses.visit_expr(&body);
    uses.found.filter(|_| !uses.rebound)
}

struct Uses<'a> {
    record: &'a Ident,
    found: Option<Ident>,
    /// Something else has its name further in.
    rebound: bool,
}

impl Uses<'_> {
    /// The token of the record, where an expression is nothing else.
    fn record(&self, expr: &Expr) -> Option<Ident> {
        match expr {
            Expr::Unary(unary) => self.record(&unary.expr),
            Expr::Paren(paren) => self.record(&paren.expr),
            Expr::Path(path) => path.path.get_ident().filter(|name| *name == self.record).cloned(),
            _ => None,
        }
    }

    fn note(&mut self, expr: &Expr) {
        if self.found.is_none() {
            self.found = self.record(expr);
        }
    }
}

impl Visit<'_> for Uses<'_> {
    fn visit_expr_field(&mut self, field: &ExprField) {
        self.note(&field.base);
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_binary(&mut self, binary: &ExprBinary) {
        let compares = matches!(
            binary.op,
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
        );
        for (side, other) in [(&binary.left, &binary.right), (&binary.right, &binary.left)] {
            if !compares || matches!(**other, Expr::Lit(_)) {
                self.note(side);
            }
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.rebound |= pattern.ident == *self.record;
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        if OF_VALUES.iter().any(|method| call.method == method) {
            self.note(&call.receiver);
        }
        visit::visit_expr_method_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(text: &str) -> ArgValue {
        ArgValue::Function {
            tokens: text.parse().unwrap(),
            params: Some(1),
        }
    }

    #[test]
    fn tells_what_gives_a_result() {
        let gives = |text: &str| gives_result(&syn::parse_str(text).unwrap());
        for text in [
            "|l| l.parse::<i64>()",
            "parse",
            "|l| serde_json::from_str(l)",
            "|l| { let l = l.trim(); l.parse() }",
        ] {
            assert!(gives(text), "{text}");
        }
        for text in [
            "|l| l",
            "|l| l.len()",
            "|l| Order { l }",
            "String::from",
            "|l| l.parse().unwrap()",
            "|l| Default::default()",
        ] {
            assert!(!gives(text), "{text}");
        }
    }

    #[test]
    fn tells_what_no_result_is() {
        for text in [
            "|n| *n > 3",
            "|o| o.user.clone()",
            "|n| n % 3",
            "|s| s.len()",
            "|n| 2 + n",
        ] {
            assert!(used_as_value(&closure(text)).is_some(), "{text}");
        }
        for text in [
            "|n| n.is_ok()",
            "|n| *n == Ok(3)",
            "|n| n.unwrap() > 3",
            "|n| print(n)",
            "|n| match n { Ok(n) => *n > 3, Err(_) => false }",
            "|n| n.len_of_it()",
            "|n: &i64| other > 3",
        ] {
            assert!(used_as_value(&closure(text)).is_none(), "{text}");
        }
    }
}
