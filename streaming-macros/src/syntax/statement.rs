//! Reads the statements of a body.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::LitStr;

use super::classify::{self, Body};
use super::cursor::Cursor;
use super::split::{self, Raw};
use super::tree::{Let, Pattern, SettingsCall, Statement};
use super::{args, chain};
use crate::diag::{Diagnostic, Diagnostics, SpanRange, catalogue};

/// Reads all statements; a broken one does not spoil the others.
pub(super) fn parse_all(body: &[TokenTree], diagnostics: &mut Diagnostics) -> Vec<Statement> {
    let raws = split::statements(body, diagnostics);
    let shapes = raws.iter().map(|raw| classify::shape(raw.tokens)).collect();
    let body = Body { shapes };
    raws.iter()
        .enumerate()
        .map(|(at, raw)| statement(raw, &body, at, diagnostics))
        .collect()
}

fn statement(raw: &Raw<'_>, body: &Body<'_>, at: usize, diagnostics: &mut Diagnostics) -> Statement {
    if let Some(TokenTree::Punct(dot)) = raw.tokens.first()
        && dot.as_char() == '.'
    {
        diagnostics.push(catalogue::chain_goes_on(dot.span()));
        return Statement::Broken(collect(raw.tokens));
    }
    let parsed = if raw.block {
        rust(raw)
    } else if let Some(settings) = settings(raw.tokens, diagnostics) {
        settings
    } else if !body.is_stream(at) {
        rust(raw)
    } else if body.shapes[at].names.is_some() {
        binding(raw.tokens, diagnostics)
    } else {
        Ok(chain_statement(raw.tokens, diagnostics))
    };
    parsed.unwrap_or_else(|diagnostic| {
        diagnostics.push(diagnostic);
        Statement::Broken(collect(raw.tokens))
    })
}

fn collect(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// Reads `settings(…)`; `None` where the statement is something else.
fn settings(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Result<Statement, Diagnostic>> {
    let mut cursor = Cursor::new(tokens);
    let name = cursor.keyword("settings")?;
    let Some(group) = cursor.group(Delimiter::Parenthesis) else {
        let alone = cursor.at_end();
        return alone.then(|| Err(catalogue::expected_behind(name.span(), "`(`", "settings")));
    };
    if !cursor.at_end() {
        return Some(Err(catalogue::expected(cursor.here(), "`;`")));
    }
    let args = args::parse(group, diagnostics);
    Some(Ok(Statement::Settings(SettingsCall { args })))
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

/// Reads `#[was = "old"] let pattern = chain`.
fn binding(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Result<Statement, Diagnostic> {
    let mut cursor = Cursor::new(tokens);
    let was = attributes(&mut cursor)?;
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
        Some(chain) => Ok(Statement::Let(Let { was, pattern, chain })),
        None => Err(catalogue::expected(cursor.here(), "a stream")),
    }
}

/// Reads the attributes of a binding: documentation, which says nothing to us, and `was`.
fn attributes(cursor: &mut Cursor<'_>) -> Result<Option<LitStr>, Diagnostic> {
    let mut was = None;
    while let Some(start) = cursor.punct('#') {
        let Some(group) = cursor.group(Delimiter::Bracket) else {
            continue;
        };
        let meta = syn::parse2::<syn::MetaNameValue>(group.stream());
        match meta {
            Ok(meta) if meta.path.is_ident("doc") => {}
            Ok(meta) if meta.path.is_ident("was") => {
                let text = syn::parse2::<LitStr>(meta.value.to_token_stream());
                was = Some(text.map_err(|error| catalogue::from_syn(&error))?);
            }
            _ => {
                let end = group.span();
                return Err(catalogue::attribute(SpanRange { start, end }));
            }
        }
    }
    Ok(was)
}

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
