//! The parser keeps every token: whatever stands under the cursor survives.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};

use super::tree::{Arg, Call, Chain, Form, Head, Pipeline, Statement};
use crate::compile::Host;
use crate::diag::Diagnostics;
use crate::ops::TABLE;
use crate::{check, compile, graph};

const MARKER: &str = "raCompletionMarker";

/// Pipelines that between them use all of the grammar.
const FIXTURES: [&str; 4] = [
    r#"{
        settings(batch_interval = 1s, name = "x");
        let config = load(3);
        #[was = "old"]
        let orders = kafka("orders").brokers(config.brokers).json::<Order>().on_error(dead_letter(kafka("dlq")))
            .event_time(|o| o.ts, max_delay = 30s);
        let totals = orders.key_by(|o| o.user.as_str()).window(tumbling(1min))
            .agg(Total { user: key(), n: count(), sum: sum(|o| o.amount) / 2 });
        totals.to(kafka("totals").json());
        totals.late().to(files("late").jsonl());
    }"#,
    r"
    pub(crate) fn split<'a, T: Clone>(x: &'a [T]) where T: Send {
        let (yes, no) = memory(x).split(|a, meta| meta.offset() > a.n);
        if let Some(x) = x.first() { println!(); }
        union(yes, no.map(f)).print();
    }",
    "let a = stdin().lines(); let b = union(a, a.filter(|x| x > 3)); b.print();",
    "rate(100, count = 10).map(|x| { let y = x; y }).key_by(|x| x % 3).running(ttl = 1h).fold(0, |a, b| a + b).print();",
];

#[test]
fn cut_anywhere() {
    for fixture in FIXTURES {
        for_each_variant(&fixture.parse().unwrap(), &Edit::Cut, &mut |tokens| {
            survivors(&tokens);
        });
    }
}

#[test]
fn marker_anywhere() {
    let mut count = 0;
    for fixture in FIXTURES {
        for_each_variant(&fixture.parse().unwrap(), &Edit::Mark, &mut |tokens| {
            count += 1;
            let text = tokens.to_string();
            assert_eq!(survivors(&tokens), 1, "{text}");
        });
    }
    assert!(count > 300, "{count}");
}

#[test]
fn marker_behind_a_dot() {
    for fixture in FIXTURES {
        for_each_variant(&fixture.parse().unwrap(), &Edit::Dot, &mut |tokens| {
            let text = tokens.to_string();
            assert_eq!(survivors(&tokens), 1, "{text}");
        });
    }
}

/// Compiles; nothing may panic. How often the marker is still in the tree.
fn survivors(tokens: &TokenStream) -> usize {
    let mut diagnostics = Diagnostics::default();
    let pipeline = super::parse(tokens.clone(), &TABLE, &mut diagnostics);
    let graph = graph::build(&pipeline, &TABLE, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    diagnostics.discard();
    let kept = markers(pipeline_tokens(&pipeline));
    let shown = compile::show(tokens.clone(), Host::TEST);
    assert_eq!(markers(shown.clone()), kept, "{tokens}");
    // A mistake of the user's is none of the emitted code.
    if head_is_sound(&pipeline.form) {
        for emit in [compile::show, compile::compile] {
            let emitted = emit(typed(tokens.clone()), Host::TEST);
            let file = quote::quote!(fn around() { #emitted });
            assert!(syn::parse2::<syn::File>(file).is_ok(), "{tokens}\n{emitted}");
        }
    }
    kept
}

/// The head of the item form is the user's own Rust, and rustc speaks of it.
fn head_is_sound(form: &Form) -> bool {
    let Form::Item(head) = form else { return true };
    let (attrs, vis, name, generics) = (&head.attrs, &head.vis, &head.name, &head.generics);
    let (args, bounds) = (&head.args, &head.where_clause);
    syn::parse2::<syn::ItemFn>(quote::quote!(#attrs #vis fn #name #generics (#args) #bounds {})).is_ok()
}

/// The marker as if the user had typed a word there.
fn typed(tokens: TokenStream) -> TokenStream {
    let typed = |token| match token {
        TokenTree::Ident(ident) if ident == MARKER => TokenTree::Ident(Ident::new("typed", ident.span())),
        TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), typed(group.stream()))),
        token => token,
    };
    tokens.into_iter().map(typed).collect()
}

fn markers(tokens: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Ident(ident) => usize::from(ident == MARKER),
        TokenTree::Group(group) => markers(group.stream()),
        _ => 0,
    };
    tokens.into_iter().map(count).sum()
}

enum Edit {
    /// Everything from here to the end of the input is missing.
    Cut,
    /// The marker stands between two tokens.
    Mark,
    /// A dot and the marker stand behind a token.
    Dot,
}

/// Applies the edit at every boundary, inside groups too.
fn for_each_variant(tokens: &TokenStream, edit: &Edit, visit: &mut dyn FnMut(TokenStream)) {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for at in 0..=list.len() {
        let (before, after) = list.split_at(at);
        let marker = TokenTree::Ident(Ident::new(MARKER, Span::call_site()));
        let dot = TokenTree::Punct(proc_macro2::Punct::new('.', proc_macro2::Spacing::Alone));
        let edited: Vec<TokenTree> = match edit {
            Edit::Cut => before.to_vec(),
            Edit::Mark => [before, &[marker], after].concat(),
            Edit::Dot => [before, &[dot, marker], after].concat(),
        };
        visit(edited.into_iter().collect());
        let Some(TokenTree::Group(group)) = after.first() else {
            continue;
        };
        for_each_variant(&group.stream(), edit, &mut |inner| {
            let inner = TokenTree::Group(Group::new(group.delimiter(), inner));
            let rest = if matches!(edit, Edit::Cut) {
                &[][..]
            } else {
                &after[1..]
            };
            visit([before, &[inner], rest].concat().into_iter().collect());
        });
    }
}

/// Everything that the tree keeps, in no order that matters.
fn pipeline_tokens(pipeline: &Pipeline) -> TokenStream {
    let mut tokens = TokenStream::new();
    match &pipeline.form {
        Form::Expression => {}
        Form::Broken(broken) => tokens.extend(broken.clone()),
        Form::Item(item) => {
            let pieces = [&item.attrs, &item.vis, &item.generics, &item.args, &item.where_clause];
            tokens.extend(pieces.into_iter().cloned());
            tokens.extend([TokenTree::from(item.keyword.clone()), item.name.clone().into()]);
        }
    }
    for statement in &pipeline.statements {
        match statement {
            Statement::Settings(call) => call.args.iter().for_each(|arg| push_arg(arg, &mut tokens)),
            Statement::Let(binding) => {
                tokens.extend(binding.pattern.names().iter().cloned().map(TokenTree::Ident));
                push_chain(&binding.chain, &mut tokens);
            }
            Statement::Chain(chain) => push_chain(chain, &mut tokens),
            Statement::Rust(rust) | Statement::Broken(rust) => tokens.extend(rust.clone()),
        }
    }
    tokens
}

fn push_chain(chain: &Chain, tokens: &mut TokenStream) {
    match &chain.head {
        Head::Name(name) => tokens.extend([TokenTree::Ident(name.clone())]),
        Head::Call(call) => push_call(call, tokens),
    }
    chain.calls.iter().for_each(|call| push_call(call, tokens));
    tokens.extend(chain.rest.clone());
}

fn push_call(call: &Call, tokens: &mut TokenStream) {
    tokens.extend([TokenTree::Ident(call.name.clone())]);
    tokens.extend(call.turbofish.clone());
    call.args.iter().for_each(|arg| push_arg(arg, tokens));
}

fn push_arg(arg: &Arg, tokens: &mut TokenStream) {
    tokens.extend(arg.name.clone().map(TokenTree::Ident));
    tokens.extend(arg.value.tokens.clone());
}
