//! One argument, as its spec types it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use super::build::Builder;
use super::free::Names;
use super::{ArgValue, NodeId, Output, Port, agg, closures, quantity, range, window};
use crate::diag::{Diagnostic, SpanRange, catalogue, suggest};
use crate::spec::{Params, Ty};
use crate::syntax::tree::Value;
use crate::syntax::unit;

const POLICIES: [&str; 3] = ["fail", "skip", "dead_letter"];

impl Builder<'_> {
    /// Reads a value; `name` is the operator or option that it belongs to. `None` where it is an input of the node.
    pub(super) fn lower(&mut self, node: NodeId, value: &Value, ty: Ty, name: &str) -> Option<ArgValue> {
        if matches!(ty, Ty::Stream) {
            return None;
        }
        let broken = || ArgValue::Broken(value.tokens.clone());
        if value.broken {
            return Some(broken());
        }
        if let Some(stray) = stray_unit(value, ty) {
            self.diagnostics.push(stray);
            return Some(broken());
        }
        match ty {
            Ty::RecordFn | Ty::Function | Ty::InputFn(_) | Ty::Step(_) | Ty::Aggregation => {
                self.check_captures(&value.tokens);
            }
            Ty::Expr | Ty::Init => self.streams_are_no_values(&Names::of(&value.tokens)),
            _ => {}
        }
        if matches!(ty, Ty::RecordFn | Ty::Function | Ty::InputFn(_) | Ty::Step(_))
            && let Some(mistake) = closures::mistake(value, name, self.graph.nodes[node.0].spec.tries)
        {
            self.diagnostics.push(mistake);
            return Some(broken());
        }
        let lowered = match ty {
            Ty::RecordFn => record_function(value, name),
            Ty::Function | Ty::InputFn(_) => function(value, &Params::RECORD, name),
            Ty::Step(params) => function(value, params, name),
            Ty::Expr | Ty::Init => Ok(ArgValue::Expr(value.tokens.clone())),
            Ty::Duration => quantity::duration(value, false).map(ArgValue::Duration),
            Ty::Delay => quantity::duration(value, true).map(ArgValue::Duration),
            Ty::DelayOr(word) => delay_or(value, word, name),
            Ty::Size => quantity::bytes(value).map(ArgValue::Number),
            Ty::Number => quantity::whole(value).map(ArgValue::Number),
            Ty::Words(words, calls) => word(value, words, calls, name),
            Ty::OnError => self.on_error(node, value),
            Ty::Range => range::lower(value, name),
            Ty::Window => window::lower(value),
            Ty::Aggregation => Ok(ArgValue::Aggregation(Box::new(agg::analyse(
                &value.tokens,
                self.diagnostics,
            )))),
            Ty::Sink | Ty::Stream => Ok(broken()),
        };
        Some(lowered.unwrap_or_else(|diagnostic| {
            self.diagnostics.push(diagnostic);
            broken()
        }))
    }

    /// `fail`, `skip` or `dead_letter(sink)`
    fn on_error(&mut self, node: NodeId, value: &Value) -> Result<ArgValue, Diagnostic> {
        if let Some(word) = value.word() {
            let known = word == "fail" || word == "skip";
            if word == "dead_letter" {
                let example = "dead_letter(files(dir).jsonl())";
                return Err(catalogue::arity(&word, "dead_letter", "1", 0, example));
            }
            return if known {
                Ok(ArgValue::Word(word))
            } else {
                Err(unknown_policy(value, &word))
            };
        }
        match value.word_call() {
            Some((word, tokens)) if word == "dead_letter" => {
                let span = SpanRange::of(&tokens).unwrap_or((&word).into());
                let sink = Value {
                    tokens,
                    span,
                    broken: false,
                };
                let input = Port {
                    node,
                    output: Output::Errors,
                };
                let sink = self.sink(&sink, input, &word);
                Ok(sink.map_or_else(
                    || ArgValue::Broken(value.tokens.clone()),
                    |sink| ArgValue::DeadLetter(word, sink),
                ))
            }
            Some((word, _)) => Err(unknown_policy(value, &word)),
            None => Err(catalogue::wrong_argument(
                value.span,
                "`fail`, `skip` or `dead_letter(…)`",
                "on_error(skip)",
            )),
        }
    }
}

fn unknown_policy(value: &Value, word: &Ident) -> Diagnostic {
    let text = word.to_string();
    catalogue::unknown(
        value.span,
        "error policy",
        &text,
        suggest::nearest(&text, POLICIES),
        &POLICIES,
    )
}

fn record_function(value: &Value, name: &str) -> Result<ArgValue, Diagnostic> {
    if let Some(literal) = value.literal() {
        return Err(catalogue::literal_for_closure(value.span, name, &literal, "|record| …"));
    }
    if value.is_async_closure() {
        return Err(catalogue::async_closure(value.span, name));
    }
    let params = value.closure_params();
    match params {
        Some(given @ (0 | 3..)) => {
            let takes = "one, the record, or two, the record and its meta";
            Err(catalogue::parameters(value.span, name, takes, given))
        }
        _ => Ok(ArgValue::Function {
            tokens: value.tokens.clone(),
            params,
        }),
    }
}

fn function(value: &Value, takes: &Params, name: &str) -> Result<ArgValue, Diagnostic> {
    if let Some(literal) = value.literal() {
        return Err(catalogue::literal_for_closure(
            value.span,
            name,
            &literal,
            takes.example,
        ));
    }
    if value.is_async_closure() {
        return Err(catalogue::async_closure(value.span, name));
    }
    let params = value.closure_params();
    match params {
        Some(given) if given != takes.count => Err(catalogue::parameters(value.span, name, takes.takes, given)),
        _ => Ok(ArgValue::Function {
            tokens: value.tokens.clone(),
            params,
        }),
    }
}

fn word(value: &Value, words: &[&str], calls: &[&str], name: &str) -> Result<ArgValue, Diagnostic> {
    let listed = |list: &[&str], word: &Ident| list.iter().any(|known| word == known);
    let wrong = |text: &str| {
        let known: Vec<&str> = words.iter().chain(calls).copied().collect();
        let meant = suggest::nearest(text, known.iter().copied());
        catalogue::unknown_value(value.span, name, text, meant, &known)
    };
    if let Some(word) = value.word() {
        return if listed(words, &word) {
            Ok(ArgValue::Word(word))
        } else {
            Err(wrong(&word.to_string()))
        };
    }
    match value.word_call() {
        Some((word, tokens)) if listed(calls, &word) => Ok(ArgValue::WordCall(word, tokens)),
        Some((word, _)) => Err(wrong(&word.to_string())),
        None => Err(wrong(&value.tokens.to_string())),
    }
}

/// `1min`, or the word.
fn delay_or(value: &Value, known: &str, name: &str) -> Result<ArgValue, Diagnostic> {
    match value.word() {
        Some(word) if word == known => Ok(ArgValue::Word(word)),
        // A misspelled word, or a variable of the user's.
        Some(word) if suggest::nearest(&word.to_string(), [known]).is_some() => {
            let text = word.to_string();
            Err(catalogue::unknown_value(value.span, name, &text, Some(known), &[known]))
        }
        _ => quantity::duration(value, true).map(ArgValue::Duration),
    }
}

/// The argument of `tumbling(1min)` or `interval(1s)`.
pub(super) fn one_argument(word: &Ident, tokens: TokenStream) -> Result<Value, Diagnostic> {
    let name = word.to_string();
    let wrong = |span: SpanRange, given| catalogue::arity(span, &name, "1", given, &format!("{name}(1min)"));
    let span = SpanRange::of(&tokens).ok_or_else(|| wrong(word.into(), 0))?;
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let exprs = parser.parse2(tokens).map_err(|error| catalogue::from_syn(&error))?;
    if let Some(surplus) = exprs.get(1) {
        let span = SpanRange::of(&surplus.to_token_stream()).unwrap_or(span);
        return Err(wrong(span, exprs.len()));
    }
    if let Some(Expr::Assign(named)) = exprs.first() {
        let option = named.left.to_token_stream().to_string();
        let span = SpanRange::of(&named.left.to_token_stream()).unwrap_or(span);
        return Err(catalogue::named_argument(span, &name, &option));
    }
    Ok(Value {
        tokens: exprs.first().to_token_stream(),
        span,
        broken: false,
    })
}

/// `30s` where Rust would read a number with a suffix that it does not know.
fn stray_unit(value: &Value, ty: Ty) -> Option<Diagnostic> {
    if !matches!(
        ty,
        Ty::RecordFn | Ty::Function | Ty::InputFn(_) | Ty::Step(_) | Ty::Expr | Ty::Init | Ty::Aggregation
    ) {
        return None;
    }
    let (span, text) = unit::first_with_unit(&value.tokens)?;
    Some(catalogue::stray_unit(span, &text))
}
