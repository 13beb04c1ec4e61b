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
    /// The field of the result that it is for, with a number where the field has several; a number where it is for no field.
    pub(crate) field: String,
    /// The user's arguments: nothing for `count()`, `n` and the closure for `top`, else a closure.
    pub(crate) args: Vec<TokenStream>,
    /// The parentheses.
    pub(crate) paren: Span,
}

/// Takes the aggregate calls out of an expression: bare calls of one name, anywhere but in the body of a closure.
pub(super) fn analyse(tokens: &TokenStream, diagnostics: &mut Diagnostics) -> Aggregation {
    let mut analysis = Analysis {
        calls: Vec::new(),
        place: Vec::new(),
        diagnostics,
    };
    let mut all = tokens.clone().into_iter();
    let tuple = matches!(
        (all.next(), all.next()),
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis
    );
    let expr = if tuple {
        analysis.tuple(tokens)
    } else {
        analysis.pieces(tokens.clone(), Naming::Nothing)
    };
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
    /// The fields in which it stands, outermost first.
    place: Vec<Option<String>>,
    diagnostics: &'a mut Diagnostics,
}

/// What gives the parts of a group their names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    Nothing,
    /// `a: …, b: …`
    Fields,
    /// `…, …`
    Places,
}

impl Analysis<'_> {
    /// The expression is a tuple, or stands in parentheses.
    fn tuple(&mut self, tokens: &TokenStream) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for token in tokens.clone() {
            if let TokenTree::Group(group) = &token {
                self.group(group, Naming::Places, &mut pieces);
            }
        }
        pieces
    }

    fn pieces(&mut self, tokens: TokenStream, naming: Naming) -> Vec<Piece> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut part = 0;
        self.place.push((naming == Naming::Places).then(|| part.to_string()));
        while at < tokens.len() {
            match naming {
                Naming::Fields => {
                    if let Some(field) = field_name(&tokens, at) {
                        self.set_place(Some(field));
                    }
                }
                Naming::Places if is_punct(tokens.get(at), ',') => {
                    part += 1;
                    self.set_place(Some(part.to_string()));
                }
                Naming::Places | Naming::Nothing => {}
            }
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
                TokenTree::Group(group) => {
                    let fields = group.delimiter() == Delimiter::Brace;
                    let naming = if fields { Naming::Fields } else { Naming::Nothing };
                    self.group(group, naming, &mut pieces);
                }
                token => verbatim(&mut pieces, [token.clone()]),
            }
            at += 1;
        }
        self.place.pop();
        pieces
    }

    fn set_place(&mut self, name: Option<String>) {
        if let Some(place) = self.place.last_mut() {
            *place = name;
        }
    }

    /// The name of an aggregate that stands here.
    fn field(&self) -> String {
        let fields: Vec<&str> = self.place.iter().flatten().map(String::as_str).collect();
        let field = fields.join(".");
        if field.is_empty() {
            return (self.calls.len() + 1).to_string();
        }
        let taken = |name: &String| self.calls.iter().any(|call| call.field == *name);
        let numbered = (2..).map(|number| format!("{field}.{number}"));
        let mut names = std::iter::once(field.clone()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or(field)
    }

    /// A bracket stays one token where nothing in it was taken out.
    fn group(&mut self, group: &Group, naming: Naming, pieces: &mut Vec<Piece>) {
        let inner = self.pieces(group.stream(), naming);
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
        let field = self.field();
        self.calls.push(AggCall {
            spec,
            field,
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

/// The name of the field that begins here: `name: …`.
fn field_name(tokens: &[TokenTree], at: usize) -> Option<String> {
    let TokenTree::Ident(name) = &tokens[at] else {
        return None;
    };
    let begins = match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ',',
        // `#[cfg(…)] name: …`
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Bracket,
        Some(_) => false,
    };
    let colon = is_punct(tokens.get(at + 1), ':') && !is_punct(tokens.get(at + 2), ':');
    (begins && colon).then(|| name.to_string().trim_start_matches("r#").to_owned())
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

    fn fields(expr: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::default();
        let aggregation = analyse(&expr.parse().unwrap(), &mut diagnostics);
        aggregation.calls.into_iter().map(|call| call.field).collect()
    }

    #[test]
    fn aggregates_are_called_after_the_field_that_they_are_for() {
        let total = "Total { user: key(), n: count(), mean: sum(|o| o.a) / count() as f64, ..base() }";
        assert_eq!(fields(total), ["n", "mean", "mean.2"]);
        assert_eq!(
            fields("Total { inner: Inner { a: sum(|o| o.a), b: std::cmp::max(count(), 1) }, r#type: (count(), 1).0 }"),
            ["inner.a", "inner.b", "type"]
        );
        assert_eq!(fields("(key(), count(), sum(|o| o.a) / count())"), ["1", "2", "2.2"]);
        assert_eq!(fields("Total::new(key(), count(), sum(|o| o.a))"), ["1", "2"]);
        assert_eq!(fields("top(3, |a| a.score)"), ["1"]);
        assert_eq!(fields("Total { #[cfg(all())] n: count() }"), ["n"]);
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
