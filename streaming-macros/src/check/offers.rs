//! SP0103 and SP0110 in closures: what a parameter offers only where something else is there as well.
//!
//! The types of the runtime say so too, of functions that are given by name. What can be seen in a closure is said here, in the words of
//! the language.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprMethodCall, ExprPath, Macro, Pat};

use super::time;
use crate::diag::{Diagnostics, catalogue};
use crate::graph::{ArgValue, Graph, Node};
use crate::spec::{Need, Offer, Params, Ty};

/// A closure calls no method of its last parameter that there is no ground for. One mistake for each operator is enough.
pub(super) fn check_offers(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let args = node.args.iter().enumerate();
    let args = args.filter_map(|(at, arg)| Some((node.spec.arg(at)?.ty, arg)));
    let options = node.options.iter().flat_map(|option| {
        let types = node.spec.option(option.spec).map_or(&[][..], |spec| spec.values);
        types.iter().copied().zip(&option.values)
    });
    let mut silent = true;
    for (ty, arg) in args.chain(options) {
        let Ty::Step(Params { offers, .. }) = ty else {
            continue;
        };
        let ArgValue::Function { tokens, .. } = arg else {
            silent = false;
            continue;
        };
        let Ok(Expr::Closure(closure)) = syn::parse2(tokens.clone()) else {
            silent = false;
            continue;
        };
        silent &= !may_emit(&closure);
        for Offer { methods, needs } in *offers {
            let Some(call) = first_call(&closure, methods) else {
                continue;
            };
            let name = call.to_string();
            let mistake = match needs {
                Need::Option(option) => {
                    let missing = node.option(option).is_none();
                    missing.then(|| catalogue::method_without_option(&call, &name, node.spec.name, option))
                }
                Need::EventTime => {
                    let mut inputs = node.inputs.iter();
                    inputs.find_map(|input| time::without_event_time(graph, *input, &call, &name, None))
                }
            };
            if let Some(mistake) = mistake {
                diagnostics.push(mistake);
                return;
            }
        }
    }
    if silent && node.spec.emits {
        diagnostics.push(catalogue::emits_nothing(&node.name, node.spec.name));
    }
}

/// Whether a closure calls `emit` of its last parameter, or hands it on to whoever may.
fn may_emit(closure: &ExprClosure) -> bool {
    let Some(of) = last_parameter(closure) else {
        return !matches!(parameters(closure).next_back(), Some(Pat::Wild(_)));
    };
    let mut uses = Uses { of, may_emit: false };
    uses.visit_expr(&closure.body);
    uses.may_emit
}

struct Uses {
    of: Ident,
    may_emit: bool,
}

impl Visit<'_> for Uses {
    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let of_it = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident(&self.of));
        if of_it && call.method != "emit" {
            call.args.iter().for_each(|arg| self.visit_expr(arg));
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &ExprPath) {
        self.may_emit |= path.path.is_ident(&self.of);
    }

    fn visit_macro(&mut self, call: &Macro) {
        self.may_emit |= mentions(call.tokens.clone(), &self.of);
    }
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(other) => other == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

fn parameters(closure: &ExprClosure) -> impl DoubleEndedIterator<Item = &Pat> {
    let ExprClosure { inputs: parameters, .. } = closure;
    parameters.iter()
}

/// The first call of one of these methods of the last parameter.
fn first_call(closure: &ExprClosure, methods: &[&str]) -> Option<Ident> {
    let mut calls = Calls {
        of: last_parameter(closure)?,
        methods,
        found: None,
    };
    calls.visit_expr(&closure.body);
    calls.found
}

fn last_parameter(closure: &ExprClosure) -> Option<Ident> {
    let mut last = parameters(closure).next_back()?;
    while let Pat::Type(typed) = last {
        last = &typed.pat;
    }
    match last {
        Pat::Ident(name) => Some(name.ident.clone()),
        _ => None,
    }
}

struct Calls<'a> {
    of: Ident,
    methods: &'a [&'a str],
    found: Option<Ident>,
}

impl Visit<'_> for Calls<'_> {
    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        let of_it = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident(&self.of));
        if of_it && self.found.is_none() && self.methods.iter().any(|method| call.method == method) {
            self.found = Some(call.method.clone());
        }
    }

    fn visit_expr_closure(&mut self, closure: &ExprClosure) {
        // A closure in it may call something else by the same name.
        if !parameters(closure).any(|pattern| is_bound(pattern, &self.of)) {
            visit::visit_expr_closure(self, closure);
        }
    }
}

fn is_bound(pattern: &Pat, name: &Ident) -> bool {
    match pattern {
        Pat::Ident(other) => other.ident == *name,
        Pat::Type(typed) => is_bound(&typed.pat, name),
        _ => false,
    }
}
