//! Which variables an expression of the user's takes from outside, and what it does with them.
//!
//! Scopes are those of Rust: a name that a closure, a block or an arm binds is another variable from there on, and the same
//! name before it, or in the closure next to it, is not.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprAssign, ExprBinary, ExprCall, ExprCast, ExprClosure, ExprField, ExprForLoop, ExprIf,
    ExprIndex, ExprMethodCall, ExprPath, ExprRange, ExprReference, ExprTry, ExprUnary, ExprWhile, Item, Lit, LitStr,
    Local, Macro, Pat, PatIdent, Stmt, Token,
};

use super::texts;

/// A use of a variable.
#[derive(Debug)]
pub(crate) struct Use {
    /// The user's token, or one that stands where a text mentions the name.
    pub(crate) ident: Ident,
    pub(crate) how: How,
}

/// What is done with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It is looked at: a receiver, an operand, part of a text. No function is.
    Looked,
    /// It is called, and a function perhaps.
    Called,
    /// It is handed on as a value, and a function perhaps.
    Value,
    /// It is changed.
    Changed,
    /// A method is called that changes it, if it is a collection of the standard library.
    Altered,
}

/// What tokens use, and what they declare for what comes after them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    used: Vec<Use>,
    /// From the outermost; the first is that of the tokens themselves.
    scopes: Vec<HashSet<String>>,
    items: HashSet<String>,
}

impl Names {
    /// Looks through an expression, or through statements; tokens that are neither have no names.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let mut names = Self {
            scopes: vec![HashSet::new()],
            ..Self::default()
        };
        if let Ok(expr) = syn::parse2::<Expr>(tokens.clone()) {
            names.look(&expr, How::Value);
        } else if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
            names.statements(&statements);
        }
        names
    }

    /// The variables that statements declare for what comes after them.
    pub(super) fn declared(&self) -> impl Iterator<Item = &str> {
        let own = self.scopes.first().into_iter().flatten().map(String::as_str);
        own.filter(|name| !self.items.contains(*name))
    }

    /// The functions, constants and types that statements declare.
    pub(super) fn items(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(String::as_str)
    }

    /// The uses of what is bound outside.
    pub(crate) fn free(&self) -> impl Iterator<Item = &Use> {
        self.used.iter()
    }

    fn uses(&mut self, ident: &Ident, how: How) {
        let name = ident.to_string();
        if !self.scopes.iter().any(|scope| scope.contains(&name)) {
            self.used.push(Use {
                ident: ident.clone(),
                how,
            });
        }
    }

    fn bind(&mut self, name: &Ident) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_string());
        }
    }

    fn within(&mut self, look: impl FnOnce(&mut Self)) {
        self.scopes.push(HashSet::new());
        look(self);
        self.scopes.pop();
    }

    /// An expression that something is done with.
    fn look(&mut self, expr: &Expr, how: How) {
        match expr {
            Expr::Paren(inner) => self.look(&inner.expr, how),
            Expr::Group(inner) => self.look(&inner.expr, how),
            Expr::Path(path) => match path.path.get_ident().filter(|_| path.qself.is_none()) {
                Some(ident) => self.uses(ident, how),
                None => self.visit_expr_path(path),
            },
            Expr::Unary(unary) if how == How::Changed && is_variable(&unary.expr) => self.look(&unary.expr, how),
            Expr::Field(field) if how == How::Changed => self.look(&field.base, how),
            Expr::Index(index) if how == How::Changed => {
                self.look(&index.expr, how);
                self.look(&index.index, How::Value);
            }
            other => self.visit_expr(other),
        }
    }

    /// Items count in the whole of their block, variables from their declaration.
    fn statements(&mut self, statements: &[Stmt]) {
        for item in statements.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => item_name(item),
            _ => None,
        }) {
            self.bind(item);
            if self.scopes.len() == 1 {
                self.items.insert(item.to_string());
            }
        }
        for statement in statements {
            self.visit_stmt(statement);
        }
    }

    /// What stands inside `println!(…)` and its like: expressions, and `{name}` in the text that is formatted.
    fn format(&mut self, args: &Punctuated<Expr, Token![,]>, text: usize) {
        let named = |arg: &Expr| match arg {
            Expr::Assign(named) => match &*named.left {
                Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
                _ => None,
            },
            _ => None,
        };
        let given: HashSet<String> = args.iter().filter_map(named).collect();
        for (at, arg) in args.iter().enumerate() {
            match arg {
                Expr::Assign(arg) => self.look(&arg.right, How::Looked),
                Expr::Lit(literal) if at == text => {
                    if let Lit::Str(text) = &literal.lit {
                        self.captures(text, &given);
                    }
                }
                arg => self.look(arg, How::Looked),
            }
        }
    }

    fn captures(&mut self, text: &LitStr, given: &HashSet<String>) {
        for name in texts::captures(&text.value()) {
            if !given.contains(&name) {
                self.uses(&Ident::new(&name, text.span()), How::Looked);
            }
        }
    }

    /// `matches!(value, pattern if guard)`
    fn matches(&mut self, tokens: TokenStream) -> bool {
        let parser = |input: ParseStream<'_>| {
            let value: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard: Option<Expr> = match input.parse::<Option<Token![if]>>()? {
                Some(_) => Some(input.parse()?),
                None => None,
            };
            input.parse::<Option<Token![,]>>()?;
            Ok((value, pattern, guard))
        };
        let Ok((value, pattern, guard)) = parser.parse2(tokens) else {
            return false;
        };
        self.look(&value, How::Looked);
        self.within(|names| {
            names.visit_pat(&pattern);
            if let Some(guard) = &guard {
                names.look(guard, How::Looked);
            }
        });
        true
    }

    /// The input of a macro with a grammar of its own: every word that could be a variable, and is none that a closure or a
    /// `let` in there binds.
    fn words(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: Option<usize>, chars: &[char]| {
            let token = at.and_then(|at| tokens.get(at));
            matches!(token, Some(TokenTree::Punct(punct)) if chars.contains(&punct.as_char()))
        };
        let mut parameters = false;
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1);
            let path = is(Some(at + 1), &[':']) && is(Some(at + 2), &[':'])
                || is(before, &[':']) && is(at.checked_sub(2), &[':']);
            let called = matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
            let declared =
                matches!(before.map(|at| &tokens[at]), Some(TokenTree::Ident(word)) if word == "let" || word == "mut");
            let ty = matches!(before.map(|at| &tokens[at]), Some(TokenTree::Ident(word)) if word == "as");
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '|' => {
                    let opens = !parameters && (at == 0 || is(before, &['(', ',', '=', '{', '[', ';', '>']));
                    parameters = opens || parameters && is(Some(at), &['&']);
                }
                TokenTree::Ident(ident) if parameters || declared => self.bind(ident),
                TokenTree::Ident(ident) if path || ty || is(before, &['.', '\'']) || is(Some(at + 1), &['!', ':']) => {
                    let _ = ident;
                }
                TokenTree::Ident(ident) if syn::parse_str::<Ident>(&ident.to_string()).is_err() => {}
                TokenTree::Ident(ident) => self.uses(ident, if called { How::Called } else { How::Looked }),
                TokenTree::Group(group) => self.within(|names| names.words(group.stream())),
                _ => {}
            }
        }
    }
}

fn item_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Mod(item) => Some(&item.ident),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    }
}

impl Visit<'_> for Names {
    fn visit_expr_path(&mut self, path: &ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.uses(ident, How::Value);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        self.look(&call.func, How::Called);
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let alters = ALTERING.iter().any(|name| call.method == name);
        self.look(&call.receiver, if alters { How::Altered } else { How::Looked });
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_field(&mut self, field: &ExprField) {
        self.look(&field.base, How::Looked);
    }

    fn visit_expr_index(&mut self, index: &ExprIndex) {
        self.look(&index.expr, How::Looked);
        self.visit_expr(&index.index);
    }

    fn visit_expr_unary(&mut self, unary: &ExprUnary) {
        self.look(&unary.expr, How::Looked);
    }

    fn visit_expr_reference(&mut self, reference: &ExprReference) {
        self.look(&reference.expr, How::Looked);
    }

    fn visit_expr_cast(&mut self, cast: &ExprCast) {
        self.look(&cast.expr, How::Looked);
    }

    fn visit_expr_try(&mut self, tried: &ExprTry) {
        self.look(&tried.expr, How::Looked);
    }

    fn visit_expr_range(&mut self, range: &ExprRange) {
        for end in [&range.start, &range.end].into_iter().flatten() {
            self.look(end, How::Looked);
        }
    }

    fn visit_expr_binary(&mut self, binary: &ExprBinary) {
        let assigns = is_assignment(binary);
        self.look(&binary.left, if assigns { How::Changed } else { How::Looked });
        self.look(&binary.right, How::Looked);
    }

    fn visit_expr_assign(&mut self, assign: &ExprAssign) {
        self.look(&assign.right, How::Value);
        self.look(&assign.left, How::Changed);
    }

    fn visit_expr_closure(&mut self, closure: &ExprClosure) {
        self.within(|names| visit::visit_expr_closure(names, closure));
    }

    fn visit_expr_if(&mut self, branch: &ExprIf) {
        self.within(|names| {
            names.look(&branch.cond, How::Looked);
            names.visit_block(&branch.then_branch);
        });
        if let Some((_, otherwise)) = &branch.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, repeat: &ExprWhile) {
        self.within(|names| {
            names.look(&repeat.cond, How::Looked);
            names.visit_block(&repeat.body);
        });
    }

    fn visit_expr_for_loop(&mut self, repeat: &ExprForLoop) {
        self.look(&repeat.expr, How::Looked);
        self.within(|names| {
            names.visit_pat(&repeat.pat);
            names.visit_block(&repeat.body);
        });
    }

    fn visit_expr_match(&mut self, choice: &syn::ExprMatch) {
        self.look(&choice.expr, How::Looked);
        for arm in &choice.arms {
            self.visit_arm(arm);
        }
    }

    fn visit_expr_let(&mut self, condition: &syn::ExprLet) {
        self.look(&condition.expr, How::Looked);
        self.visit_pat(&condition.pat);
    }

    fn visit_arm(&mut self, arm: &Arm) {
        self.within(|names| visit::visit_arm(names, arm));
    }

    fn visit_block(&mut self, block: &Block) {
        self.within(|names| names.statements(&block.stmts));
    }

    fn visit_local(&mut self, local: &Local) {
        if let Some(init) = &local.init {
            self.look(&init.expr, How::Value);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.visit_pat(&local.pat);
    }

    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.bind(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }

    /// Items see no variables.
    fn visit_item(&mut self, _: &Item) {}

    fn visit_macro(&mut self, call: &Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        if name == "matches" && self.matches(call.tokens.clone()) {
            return;
        }
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match parser.parse2(call.tokens.clone()) {
            Ok(args) => match texts::of_macro(&name, &args) {
                Some(text) => self.format(&args, text),
                None => args.iter().for_each(|arg| self.look(arg, How::Looked)),
            },
            Err(_) => self.words(call.tokens.clone()),
        }
    }
}

fn is_variable(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if path.path.get_ident().is_some())
}

/// Methods that change a `Vec`, a `String`, a map or a set.
const ALTERING: [&str; 14] = [
    "append",
    "clear",
    "drain",
    "entry",
    "extend",
    "get_mut",
    "insert",
    "pop",
    "pop_front",
    "push",
    "push_back",
    "push_str",
    "remove",
    "retain",
];

/// `+=` and its like.
fn is_assignment(binary: &ExprBinary) -> bool {
    use syn::BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, ShlAssign, ShrAssign,
        SubAssign,
    };
    matches!(
        binary.op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

#[cfg(test)]
mod tests;
