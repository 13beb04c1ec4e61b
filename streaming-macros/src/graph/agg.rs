//! `agg(…)`: the user's expression, with its aggregate calls taken out.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::diag::{Diagnostics, catalogue};
use crate::spec::{AggSpec, Bound};
use crate::syntax;

/// The argument of `agg`: everything the user wrote, in order, with a hole where an aggregate stood.
#[derive(Clone, Debug)]
pub(crate) struct Aggregation {
    pub(crate) expr: Vec<Piece>,
    /// One accumulator each; [`Piece::Aggregate`] points here.
    pub(crate) calls: Vec<AggCall>,
}

/// A part of the expression.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// User tokens, verbatim.
    Tokens(TokenStream),
    /// A bracket of the user's with something in it that is not all verbatim.
    Group {
        delimiter: Delimiter,
        span: Span,
        pieces: Vec<Piece>,
    },
    /// The result of `calls[n]`.
    Aggregate(usize),
    /// `key()`, `window_start()`: what it is, its name, and its parentheses.
    Bound(Bound, Ident, Span),
}

/// One aggregate call.
#[derive(Clone, Debug)]
pub(crate) struct AggCall {
    pub(crate) spec: &'static AggSpec,
    /// The user's own token of its name.
    pub(crate) name: Ident,
    /// The user's arguments: nothing for `count()`, `n` and the closure for `top`, else a closure.
    pub(crate) args: Vec<TokenStream>,
    /// The parentheses.
    pub(crate) paren: Span,
}

/// Takes the aggregate calls out of an expression: bare calls of one name, anywhere but in the body of a closure.
pub(super) fn analyse(tokens: &TokenStream, diagnostics: &mut Diagnostics) -> Aggregation {
    let mut analysis = Analysis {
        calls: Vec::new(),
        diagnostics,
    };
    let expr = analysis.pieces(tokens.clone());
    Aggregation {
        expr,
        calls: analysis.calls,
    }
}

impl Aggregation {
    /// Every use of the window's bounds.
    pub(crate) fn window_bounds(&self) -> Vec<&Ident> {
        let mut found = Vec::new();
        collect_bounds(&self.expr, &mut found);
        found
    }
}

fn collect_bounds<'a>(pieces: &'a [Piece], found: &mut Vec<&'a Ident>) {
    for piece in pieces {
        match piece {
            Piece::Bound(Bound::WindowStart | Bound::WindowEnd, name, _) => found.push(name),
            Piece::Group { pieces, .. } => collect_bounds(pieces, found),
            Piece::Tokens(_) | Piece::Aggregate(_) | Piece::Bound(..) => {}
        }
    }
}

struct Analysis<'a> {
    calls: Vec<AggCall>,
    diagnostics: &'a mut Diagnostics,
}

impl Analysis<'_> {
    fn pieces(&mut self, tokens: TokenStream) -> Vec<Piece> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(length) = closure_length(&tokens, at) {
                verbatim(&mut pieces, tokens[at..at + length].iter().cloned());
                at += length;
                continue;
            }
            if let Some((name, group)) = bare_call(&tokens, at)
                && let Some(piece) = self.call(name, group)
            {
                pieces.push(piece);
                at += 2;
                continue;
            }
            match &tokens[at] {
                TokenTree::Group(group) => self.group(group, &mut pieces),
                token => verbatim(&mut pieces, [token.clone()]),
            }
            at += 1;
        }
        pieces
    }

    /// A bracket stays one token where nothing in it was taken out.
    fn group(&mut self, group: &Group, pieces: &mut Vec<Piece>) {
        let inner = self.pieces(group.stream());
        if inner.iter().all(|piece| matches!(piece, Piece::Tokens(_))) {
            verbatim(pieces, [TokenTree::Group(group.clone())]);
        } else {
            pieces.push(Piece::Group {
                delimiter: group.delimiter(),
                span: group.span(),
                pieces: inner,
            });
        }
    }

    fn call(&mut self, name: &Ident, group: &Group) -> Option<Piece> {
        let text = name.to_string();
        if let Some(bound) = Bound::named(&text) {
            let piece = Piece::Bound(bound, name.clone(), group.span());
            let args = syntax::arguments(group, self.diagnostics);
            self.check_arity(name, &[], &args);
            return Some(piece);
        }
        let spec = AggSpec::named(&text)?;
        let args = syntax::arguments(group, self.diagnostics);
        self.check_arity(name, spec.args, &args);
        self.check_closures(name, &args);
        let args = args.into_iter().map(|arg| arg.value.tokens).collect();
        self.calls.push(AggCall {
            spec,
            name: name.clone(),
            args,
            paren: group.span(),
        });
        Some(Piece::Aggregate(self.calls.len() - 1))
    }

    /// The functions of aggregates see the record and nothing else.
    fn check_closures(&mut self, name: &Ident, args: &[syntax::tree::Arg]) {
        for value in args.iter().map(|arg| &arg.value).filter(|value| !value.broken) {
            if let Some((inner, _)) = value.word_call()
                && AggSpec::named(&inner.to_string()).is_some()
            {
                let nested = catalogue::nested_aggregate(&inner, &name.to_string(), &inner.to_string());
                self.diagnostics.push(nested);
            }
            if let Some(given) = value.closure_params().filter(|given| *given != 1) {
                let wrong = catalogue::parameters(value.span, &name.to_string(), "one, the record", given);
                self.diagnostics.push(wrong);
            }
        }
    }

    fn check_arity(&mut self, name: &Ident, takes: &[&str], given: &[syntax::tree::Arg]) {
        if given.len() != takes.len() {
            let span = given.get(takes.len()).map_or_else(|| name.into(), |arg| arg.value.span);
            let text = name.to_string();
            let signature = format!("{text}({})", takes.join(", "));
            self.diagnostics.push(catalogue::arity(
                span,
                &text,
                &takes.len().to_string(),
                given.len(),
                &signature,
            ));
        }
    }
}

/// Appends tokens that stay as they are.
fn verbatim(pieces: &mut Vec<Piece>, tokens: impl IntoIterator<Item = TokenTree>) {
    if !matches!(pieces.last(), Some(Piece::Tokens(_))) {
        pieces.push(Piece::Tokens(TokenStream::new()));
    }
    if let Some(Piece::Tokens(last)) = pieces.last_mut() {
        last.extend(tokens);
    }
}

/// `name(…)` that is no method, no path and no definition.
fn bare_call(tokens: &[TokenTree], at: usize) -> Option<(&Ident, &Group)> {
    let (TokenTree::Ident(name), TokenTree::Group(group)) = (&tokens[at], tokens.get(at + 1)?) else {
        return None;
    };
    if group.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let before = |back: usize| at.checked_sub(back).map(|at| &tokens[at]);
    let qualified = match before(1) {
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => is_punct(before(2), ':'),
        // `..count()` is a range or a struct's base, `.count()` a method.
        Some(TokenTree::Punct(punct)) if punct.as_char() == '.' => !is_punct(before(2), '.'),
        Some(TokenTree::Ident(word)) => word == "fn",
        _ => false,
    };
    (!qualified).then_some((name, group))
}

fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

/// How many tokens the closure takes that begins here; `None` where none does.
fn closure_length(tokens: &[TokenTree], at: usize) -> Option<usize> {
    if !is_punct(tokens.get(at), '|') || !begins_expression(at.checked_sub(1).map(|before| &tokens[before])) {
        return None;
    }
    let close = (at + 1..tokens.len()).find(|index| is_punct(tokens.get(*index), '|'))?;
    let end = |index: &usize| is_punct(tokens.get(*index), ',') || is_punct(tokens.get(*index), ';');
    let end = (close + 1..tokens.len()).find(end).unwrap_or(tokens.len());
    Some(end - at)
}

/// Behind an operand a bar means "or"; anywhere else it opens a closure.
fn begins_expression(before: Option<&TokenTree>) -> bool {
    match before {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() != '?',
        Some(TokenTree::Ident(word)) => word == "move" || word == "return",
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the expression with `#n` for its holes.
    fn render(pieces: &[Piece]) -> String {
        let part = |piece: &Piece| match piece {
            Piece::Tokens(tokens) => tokens.to_string(),
            Piece::Group { delimiter, pieces, .. } => {
                let (open, close) = match delimiter {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis | Delimiter::None => ("(", ")"),
                };
                format!("{open} {} {close}", render(pieces))
            }
            Piece::Aggregate(index) => format!("#{index}"),
            Piece::Bound(Bound::Key, ..) => "#key".into(),
            Piece::Bound(Bound::WindowStart, ..) => "#start".into(),
            Piece::Bound(Bound::WindowEnd, ..) => "#end".into(),
        };
        pieces.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    fn check(expr: &str, expected: &str, calls: &[&str]) {
        let mut diagnostics = Diagnostics::default();
        let aggregation = analyse(&expr.parse().unwrap(), &mut diagnostics);
        assert!(diagnostics.read().is_empty(), "{expr}: {:?}", diagnostics.read());
        assert_eq!(render(&aggregation.expr), expected, "{expr}");
        let found: Vec<&str> = aggregation.calls.iter().map(|call| call.spec.name).collect();
        assert_eq!(found, calls, "{expr}");
    }

    #[test]
    fn takes_out_aggregates_and_leaves_the_rest() {
        check(
            "Total { user: key(), n: count(), mean: sum(|o| o.a) / count() as f64, ..base() }",
            "Total { user : #key , n : #0 , mean : #1 / #2 as f64 , .. base () }",
            &["count", "sum", "count"],
        );
        check("(key(), window_start(), window_end())", "( #key , #start , #end )", &[]);
        check("top(3, |a| a.score)", "#0", &["top"]);
        check("vec![(count(), 1)]", "vec ! [ ( #0 , 1 ) ]", &["count"]);
        check("a | count()", "a | #0", &["count"]);
        check("0..count()", "0 .. #0", &["count"]);
    }

    #[test]
    fn leaves_methods_paths_and_closures_alone() {
        check(
            "x.count() + std::cmp::min(1, 2)",
            "x . count () + std :: cmp :: min (1 , 2)",
            &[],
        );
        check(
            "apply(|n, m| n + count() + m, count())",
            "apply ( | n , m | n + count () + m , #0 )",
            &["count"],
        );
        check("f(|| count())", "f (|| count ())", &[]);
        check("Row { count: 1, key }", "Row { count : 1 , key }", &[]);
    }

    #[test]
    fn broken_input_is_no_panic() {
        let mut diagnostics = Diagnostics::default();
        for text in ["|", "count", "sum(", "|a", "a | ", ":: count()", ". count()"] {
            if let Ok(tokens) = text.parse() {
                analyse(&tokens, &mut diagnostics);
            }
        }
        diagnostics.discard();
    }
}
