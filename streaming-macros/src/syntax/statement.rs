//! Reads the statements of a body.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::LitStr;

use super::classify::{self, Body};
use super::cursor::Cursor;
use super::split::{self, Raw};
use super::tree::{Let, Marks, Pattern, SettingsCall, Statement};
use super::{args, chain};
use crate::diag::{Diagnostic, Diagnostics, SpanRange, catalogue};
use crate::spec::Table;

/// Reads all statements; a broken one does not spoil the others. What attributes say about lints comes beside them.
pub(super) fn parse_all(
    body: &[TokenTree],
    table: &'static Table,
    diagnostics: &mut Diagnostics,
) -> (Vec<Statement>, TokenStream) {
    let raws = split::statements(body, diagnostics);
    let shapes = raws.iter().map(|raw| classify::shape(raw.tokens)).collect();
    let body = Body { shapes, table };
    let mut lints = TokenStream::new();
    let statements = raws
        .iter()
        .enumerate()
        .map(|(at, raw)| statement(raw, &body, at, &mut lints, diagnostics))
        .collect();
    (statements, lints)
}

fn statement(
    raw: &Raw<'_>,
    body: &Body<'_>,
    at: usize,
    lints: &mut TokenStream,
    diagnostics: &mut Diagnostics,
) -> Statement {
    if let Some(TokenTree::Punct(dot)) = raw.tokens.first()
        && dot.as_char() == '.'
    {
        diagnostics.push(catalogue::chain_goes_on(dot.span()));
        return Statement::Broken(collect(raw.tokens));
    }
    if let Some((name, group)) = split::settings_block(body.shapes[at].value) {
        diagnostics.push(catalogue::settings_call(name));
        return settings_in_braces(group);
    }
    let settings_call = is_settings(body.shapes[at].value);
    let parsed = if raw.block || !settings_call && !body.is_stream(at) {
        rust(raw)
    } else {
        attributes(raw.tokens).and_then(|attributes| {
            let Attributes {
                marks,
                marked,
                lints: own,
                rest,
            } = attributes;
            lints.extend(own);
            match (marked, body.shapes[at].names.is_some()) {
                (_, true) => binding(marks, rest, diagnostics),
                (Some(span), false) => Err(catalogue::attribute(span)),
                (None, false) if settings_call => settings(rest, diagnostics),
                (None, false) => Ok(chain_statement(rest, diagnostics)),
            }
        })
    };
    parsed.unwrap_or_else(|diagnostic| {
        diagnostics.push(diagnostic);
        Statement::Broken(collect(raw.tokens))
    })
}

fn collect(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

fn is_settings(tokens: &[TokenTree]) -> bool {
    let mut cursor = Cursor::new(tokens);
    let settings = cursor.keyword("settings").is_some();
    settings && (cursor.at_end() || cursor.group(Delimiter::Parenthesis).is_some())
}

/// Reads `settings(…)`.
fn settings(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Result<Statement, Diagnostic> {
    let mut cursor = Cursor::new(tokens);
    let name = cursor.keyword("settings").map_or_else(|| cursor.here(), Ident::span);
    let Some(group) = cursor.group(Delimiter::Parenthesis) else {
        return Err(catalogue::settings_call(name));
    };
    if !cursor.at_end() {
        return Err(catalogue::expected(cursor.here(), "`;`"));
    }
    let args = args::parse(group, diagnostics);
    Ok(Statement::Settings(SettingsCall { args }))
}

/// What can be read in `settings { … }`: what depends on it is no second mistake, and the rest is silent.
fn settings_in_braces(group: &Group) -> Statement {
    let mut parentheses = Group::new(Delimiter::Parenthesis, group.stream());
    parentheses.set_span(group.span());
    let mut args = super::list(&parentheses);
    for arg in args.iter_mut().filter(|arg| arg.name.is_none()) {
        arg.value.broken = true;
    }
    Statement::Settings(SettingsCall { args })
}

/// Keeps ordinary Rust, once syn has said that it is some: rustc would blame the macro for broken syntax.
fn rust(raw: &Raw<'_>) -> Result<Statement, Diagnostic> {
    let mut tokens = collect(raw.tokens);
    if !raw.block {
        let end = raw
            .tokens
            .last()
            .map_or_else(proc_macro2::Span::call_site, TokenTree::span);
        let mut semicolon = proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone);
        semicolon.set_span(end);
        tokens.extend([TokenTree::Punct(semicolon)]);
    }
    let parser = |input: syn::parse::ParseStream<'_>| syn::Block::parse_within(input);
    match syn::parse::Parser::parse2(parser, tokens.clone()) {
        Ok(_) => Ok(Statement::Rust(tokens)),
        Err(error) => Err(catalogue::from_syn(&error)),
    }
}

fn chain_statement(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Statement {
    if let Some(chain) = chain::parse(tokens, diagnostics) {
        return Statement::Chain(chain);
    }
    diagnostics.push(catalogue::expected(Cursor::new(tokens).here(), "a stream"));
    Statement::Broken(collect(tokens))
}

/// Reads `let pattern = chain`.
fn binding(marks: Marks, tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Result<Statement, Diagnostic> {
    let mut cursor = Cursor::new(tokens);
    cursor
        .keyword("let")
        .ok_or_else(|| catalogue::expected(cursor.here(), "`let`"))?;
    let pattern = pattern(&mut cursor)?;
    if let Some(colon) = cursor.punct(':') {
        return Err(catalogue::typed(colon));
    }
    if cursor.equals().is_none() {
        return Err(catalogue::expected(cursor.here(), "`=`"));
    }
    match chain::parse(cursor.rest(), diagnostics) {
        Some(chain) => Ok(Statement::Let(Let { marks, pattern, chain })),
        None => Err(catalogue::expected(cursor.here(), "a stream")),
    }
}

/// What stands before a statement of the pipeline, and the statement.
struct Attributes<'a> {
    marks: Marks,
    /// Where the first of them stands.
    marked: Option<SpanRange>,
    lints: TokenStream,
    rest: &'a [TokenTree],
}

/// Reads the attributes of a statement of the pipeline: documentation, which says nothing to us, lints, `was` and `reset`.
fn attributes(tokens: &[TokenTree]) -> Result<Attributes<'_>, Diagnostic> {
    let mut cursor = Cursor::new(tokens);
    let (mut marks, mut marked, mut lints) = (Marks::default(), None, TokenStream::new());
    while let Some(start) = cursor.punct('#') {
        let Some(group) = cursor.group(Delimiter::Bracket) else {
            continue;
        };
        let span = SpanRange {
            start,
            end: group.span(),
        };
        let content = group.stream();
        let inside: Vec<TokenTree> = content.clone().into_iter().collect();
        match inside.as_slice() {
            [TokenTree::Ident(name), ..] if name == "doc" || name == "rustfmt" => {}
            [TokenTree::Ident(name), TokenTree::Group(list)] if LINTS.iter().any(|level| name == level) => {
                // What is expected of one statement cannot be told from what happens to all of them.
                let level = if name == "expect" { "allow" } else { &name.to_string() };
                let level = Ident::new(level, name.span());
                lints.extend(quote!(#[#level #list]));
            }
            [TokenTree::Ident(name), ..] if name == "was" || name == "reset" => {
                let meta: syn::MetaNameValue = syn::parse2(content).map_err(|_| catalogue::attribute(span))?;
                let text = syn::parse2::<LitStr>(meta.value.to_token_stream());
                let text = text.map_err(|error| catalogue::from_syn(&error))?;
                marked.get_or_insert(span);
                if name == "was" {
                    marks.was.push(text);
                } else if marks.reset.replace(text).is_some() {
                    return Err(catalogue::second_reset(span));
                }
            }
            _ => return Err(catalogue::attribute(span)),
        }
    }
    Ok(Attributes {
        marks,
        marked,
        lints,
        rest: cursor.rest(),
    })
}

/// Attributes that say how strict rustc is to be.
const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];

fn pattern(cursor: &mut Cursor<'_>) -> Result<Pattern, Diagnostic> {
    if let Some(group) = cursor.group(Delimiter::Parenthesis) {
        let inside: Vec<TokenTree> = group.stream().into_iter().collect();
        let mut inside = Cursor::new(&inside);
        let mut names = Vec::new();
        while let Some(name) = inside.ident() {
            names.push(name.clone());
            if inside.punct(',').is_none() {
                break;
            }
        }
        if !inside.at_end() {
            return Err(catalogue::expected(inside.here(), "a name"));
        }
        return Ok(Pattern::Many(names, group.span()));
    }
    match cursor.ident() {
        Some(name) if name != "mut" => Ok(Pattern::One(name.clone())),
        Some(keyword) => Err(catalogue::mutable(keyword)),
        None => Err(catalogue::expected(cursor.here(), "a name or `(a, b)`")),
    }
}
