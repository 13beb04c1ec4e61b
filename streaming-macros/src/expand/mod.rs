//! From a plan to tokens: what the user's program is compiled with.
//!
//! The pipeline becomes one block: the user's own statements, then everything that the stages share, then the stages,
//! each a closure of flat loops, then the pipeline. Only here and in the operators' own files tokens are made.

pub(crate) mod aggregates;
pub(crate) mod captures;
pub(crate) mod cx;
pub(crate) mod decode;
pub(crate) mod editor;
pub(crate) mod emit;
mod endpoint;
pub(crate) mod exchange;
mod form;
pub(crate) mod fused;
pub(crate) mod gather;
pub(crate) mod keyed;
pub(crate) mod names;
mod plan_const;
pub(crate) mod recover;
mod results;
mod settings;
pub(crate) mod shape;
mod shared;
pub(crate) mod source;
pub(crate) mod values;

#[cfg(test)]
mod tests;

use std::cell::RefCell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::graph::{Graph, NodeId};
use crate::plan::{Head, Outlet, Plan};
use crate::spec::{OpSpec, Table};
use crate::syntax::conditions::Choice;
use crate::syntax::tree::{Pipeline, Statement};
use captures::{Captures, Place};
use cx::Cx;
use emit::Emit;
use fused::{Binding, Fused, Here};
use names::{of_node, own};
use values::pairs;

/// What the expansion needs to know beside the pipeline.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// `$crate` of the runtime.
    pub(crate) krate: &'a TokenStream,
    /// All operators, by name.
    pub(crate) table: &'static Table,
    /// The code of the operator that has this spec.
    pub(crate) code: fn(&'static OpSpec) -> &'static Emit,
    /// The line of the source file that a token stands on.
    pub(crate) line: fn(Span) -> u32,
    /// The places before and behind a token.
    pub(crate) ends: fn(Span) -> (Span, Span),
}

/// Writes a pipeline without mistakes, in the form that it was called in.
pub(crate) fn pipeline(tree: &Pipeline, graph: &Graph, plan: &Plan, site: Site<'_>) -> TokenStream {
    let body = body(tree, graph, plan, site);
    form::wrap(&tree.form, site.krate, &body)
}

/// A pipeline that depends on the configuration: rustc expands the half that counts.
pub(crate) fn choice(choice: &Choice, krate: &TokenStream) -> TokenStream {
    let Choice {
        condition,
        with,
        without,
        is_item,
    } = choice;
    let with = quote!(#krate::__private::pipeline! { [#krate] #with });
    let without = quote!(#krate::__private::pipeline! { [#krate] #without });
    if *is_item {
        return quote!(#[cfg(#condition)] #with #[cfg(not(#condition))] #without);
    }
    let pipeline = own("pipeline");
    quote!({
        #[cfg(#condition)]
        let #pipeline = #with;
        #[cfg(not(#condition))]
        let #pipeline = #without;
        #pipeline
    })
}

/// The statements of the block.
fn body(tree: &Pipeline, graph: &Graph, plan: &Plan, site: Site<'_>) -> TokenStream {
    let cx = Cx {
        graph,
        plan,
        captures: Captures::of(graph, plan),
        krate: site.krate,
        code: site.code,
        line: site.line,
        first_inputs: RefCell::default(),
    };
    let rust = tree.statements.iter().filter_map(|statement| match statement {
        Statement::Rust(tokens) => Some(tokens),
        _ => None,
    });
    let (krate, private) = (site.krate, own(names::PRIVATE));
    let imports = imports(krate);
    let (settings, shared, constant) = (settings::emit(&cx), shared::emit(&cx), plan_const::emit(&cx));
    let captures = cx.captures.prepare(site.ends);
    let (mut stages, mut list) = (TokenStream::new(), Vec::new());
    for number in 0..plan.stages.len() {
        let name = own(&format!("s{number}"));
        let (before, stage) = stage(&cx, number);
        // The braces that put an expression of ours at the user's token (`names::shown`) are no mistake of the user's.
        stages.extend(quote!(#before #[allow(unused_braces)] let #name = #stage;));
        list.push(quote!(#name));
    }
    let (list, sinks, clocks) = (pairs(list.into_iter()), shared::sinks(&cx), shared::clocks(&cx));
    let (settings_name, plan_name) = (own("settings"), own("plan"));
    let user = graph.span.start;
    let module = Ident::new(names::PRIVATE, user);
    let new = quote_spanned!(user=> #module::Pipeline::new);
    let clocks = quote_spanned!(user=> #module::list([#clocks]));
    let pipeline = names::apply(
        &new,
        user,
        quote_spanned!(user=> #plan_name, #settings_name, #clocks, #list, #sinks),
    );
    let lints = &tree.lints;
    let code = quote! {
        #imports
        #[allow(unused_imports)]
        use #private::{
            AlteredKind as _, BegunKind as _, CapturedKind as _, DebugKind as _, DisplayKind as _, DistinctKind as _, FarKind as _, FloatKind as _, IndistinctKind as _, KeptKind as _, Lent as _, Meta as _, NearKind as _, OrderedKind as _, PlainKind as _, ResultKind as _, TextKind as _, ThreadSafeKind as _, UnalteredKind as _, UnbegunKind as _, UnkeptDistinctKind as _, UnkeptKind as _, UnkeptOrderedKind as _, UnorderedKind as _, ValueKind as _,
        };
        #settings
        #shared
        #captures
        #stages
        let #plan_name = { const PLAN: #krate::plan::Plan = #constant; &PLAN };
        #pipeline
    };
    if lints.is_empty() {
        return quote!(#(#rust)* #code);
    }
    let pipeline = own("pipeline");
    quote!(#(#rust)* #lints let #pipeline = { #code }; #pipeline)
}

/// The modules of the runtime under the names that the emitted code has for them.
fn imports(krate: &TokenStream) -> TokenStream {
    let imports = names::MODULES.iter().map(|(alias, module)| {
        let (alias, module) = (own(alias), own(module));
        quote!(#module as #alias)
    });
    quote!(#[allow(unused_imports)] use #krate::{#(#imports),*};)
}

/// The statements before a stage, and the stage.
fn stage(cx: &Cx<'_>, number: usize) -> (TokenStream, TokenStream) {
    let stage = &cx.plan.stages[number];
    let outlets = pairs(stage.outlets.iter().map(|outlet| handle(*outlet, number)));
    let locals = pairs(stage.outlets.iter().map(|outlet| {
        let name = outlet_name(*outlet);
        quote!(#name)
    }));
    let private = own(names::PRIVATE);
    match &stage.head {
        Head::Sources(sources) => {
            let (source, body) = (shared::source(sources), source::body(cx, number, sources, &locals));
            let user = sources
                .first()
                .map_or_else(Span::mixed_site, |source| cx.node(*source).name.span());
            let new = quote_spanned!(user=> #private::SourceStage::new);
            (
                TokenStream::new(),
                names::apply(&new, user, quote!(#source, #outlets, #body)),
            )
        }
        Head::Keyed(aggregate) => keyed::stage(cx, *aggregate, &outlets, &locals),
        Head::Rows(union) => {
            let body = rows(cx, number, *union, &locals);
            let rows = of_node('r', *union);
            (
                TokenStream::new(),
                quote!(#private::RowsStage::new(&#rows, #outlets, #body)),
            )
        }
    }
}

/// What a loop calls an outlet; the handle before the loop has the same name.
fn outlet_name(outlet: Outlet) -> Ident {
    match outlet {
        Outlet::Exchange(node) => of_node('x', node),
        Outlet::Sink(node) => of_node('k', node),
        Outlet::Rows(node) => of_node('r', node),
        Outlet::Clock(node) => of_node('c', node),
    }
}

/// An outlet as a value that the stage keeps.
fn handle(outlet: Outlet, stage: usize) -> TokenStream {
    let name = outlet_name(outlet);
    if let Outlet::Sink(_) = outlet {
        let stage = proc_macro2::Literal::usize_unsuffixed(stage);
        let private = own(names::PRIVATE);
        return quote!(#private::SinkEdge::outlet(&#name, #stage));
    }
    quote!(::core::clone::Clone::clone(&#name))
}

/// The body behind a union of several stages: `move |rows, task, (a, (b, ()))| { … }`.
fn rows(cx: &Cx<'_>, stage: usize, union: NodeId, locals: &TokenStream) -> TokenStream {
    let mut fused = Fused::over_chunk(cx);
    let here = Here {
        at: Some(union),
        ..Here::TURN
    };
    let count = fused.count(union);
    let rest = fused.main(union, here);
    let gather::Within { before, begin, end } = gather::within(&mut fused, union, here);
    let at = fused.bind(Binding::At(union), "at");
    let (counters, counts) = fused.counters();
    let (rows, row, record, task) = (own("rows"), own("row"), own("record"), own("task"));
    let private = own(names::PRIVATE);
    let body = quote_spanned! {cx.node(union).name.span()=>
        move |#rows, #task, #locals| {
            #counters
            #before
            for (#row, (#at, #record)) in #private::numbered(#rows) {
                #task.row(#row as u64);
                #begin
                #count
                #rest
                #end
            }
            #counts
        }
    };
    cx.captures.taken(Place::Stage(stage), body)
}
