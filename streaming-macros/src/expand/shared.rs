//! What the stages share: sources, clocks, windows, exchanges, rows and sinks, each bound to a name.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::cx::Cx;
use super::names::{self, of_node, own};
use super::values::{self, pairs};
use super::{endpoint, keyed};
use crate::graph::{ArgValue, Inherited, Node, NodeId, Scope};
use crate::ops::{Kind, OpKind, csv};
use crate::plan;

/// The bindings, in order of nodes.
pub(super) fn emit(cx: &Cx<'_>) -> TokenStream {
    let mut code = brokers(cx);
    let decodes = cx
        .graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.spec.op == OpKind::Csv);
    code.extend(decodes.map(|(at, _)| csv::options(cx, NodeId(at))));
    for (at, node) in cx.graph.nodes.iter().enumerate() {
        let id = NodeId(at);
        match node.spec.kind {
            Kind::Source => code.extend(source_binding(cx, id, node)),
            Kind::Time => code.extend(clock(id, node)),
            Kind::Scope if node.spec.op == OpKind::Window => {
                let (name, window) = (of_node('w', id), keyed::window(cx, id));
                code.extend(quote!(let #name = #window;));
            }
            Kind::Reduce => code.extend(exchange(cx, id)),
            Kind::Union if cx.plan.is_stage(id) => {
                let (name, rows) = (of_node('r', id), names::path(names::PRIVATE, "Rows", &node.name));
                code.extend(quote!(let #name = #rows::new();));
            }
            Kind::Sink | Kind::End => code.extend(sink(cx, id, node)),
            _ => {}
        }
    }
    code
}

/// The brokers of the settings, where any source or sink inherits them.
fn brokers(cx: &Cx<'_>) -> TokenStream {
    match &cx.graph.settings.brokers {
        Some(tokens) => {
            let name = if inherits(cx, Inherited::Setting) {
                own("brokers")
            } else {
                own("_brokers")
            };
            quote!(let #name = #tokens;)
        }
        None => TokenStream::new(),
    }
}

fn inherits(cx: &Cx<'_>, from: Inherited) -> bool {
    let values = cx
        .graph
        .nodes
        .iter()
        .flat_map(|node| &node.options)
        .flat_map(|option| &option.values);
    values
        .into_iter()
        .any(|value| matches!(value, ArgValue::Inherited(other) if *other == from))
}

/// `let i0 = $crate::source::kafka("orders").brokers(…);`
fn source_binding(cx: &Cx<'_>, id: NodeId, node: &Node) -> TokenStream {
    let name = of_node('i', id);
    let lent = inherits(cx, Inherited::Node(id));
    let before = lent.then(|| {
        let (name, value) = (
            of_node('b', id),
            node.option("brokers").map(|option| values::of(&option.values[0])),
        );
        quote!(let #name = #value;)
    });
    let source = endpoint::source(cx, id, lent);
    quote!(#before let #name = #source;)
}

/// The source of a stage: its own, or `$crate::source::merge(a, merge(b, c))`.
pub(super) fn source(sources: &[NodeId]) -> TokenStream {
    match sources {
        [] => TokenStream::new(),
        [source] => {
            let name = of_node('i', *source);
            quote!(#name)
        }
        [first, others @ ..] => {
            let (first, others) = (of_node('i', *first), source(others));
            let merge = own(names::SOURCE);
            quote!(#merge::merge(#first, #others))
        }
    }
}

/// `let c3 = Clock::new(max_delay, idle, max_ahead);`
fn clock(id: NodeId, node: &Node) -> TokenStream {
    let (name, private) = (of_node('c', id), names::path(names::PRIVATE, "Clock", &node.name));
    let max_delay = node.option("max_delay").map(|option| values::of(&option.values[0]));
    let given = |option: &str| match node.option(option).map(|option| &option.values[0]) {
        Some(ArgValue::Word(word)) => {
            let private = names::user(names::PRIVATE, word);
            quote!(::core::option::Option::Some(#private::Duration::MAX))
        }
        Some(value) => {
            let value = values::of(value);
            quote!(::core::option::Option::Some(#value))
        }
        None => quote!(::core::option::Option::None),
    };
    let (idle, max_ahead) = (given("idle"), given("max_ahead"));
    quote!(let #name = #private::new(#max_delay, #idle, #max_ahead);)
}

/// `let x7 = Exchange::plain(); x7.combine_with(Merge);`. A `reduce` combines with the user's function, which comes later,
/// when the type of the record is known.
fn exchange(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (name, private) = (of_node('x', id), own(names::PRIVATE));
    let combine = match cx.node(id).spec.op {
        OpKind::Reduce => TokenStream::new(),
        OpKind::Fold => quote!(#private::Exchange::combine_with(&#name, #private::Append);),
        _ => quote!(#private::Exchange::combine_with(&#name, #private::Merge);),
    };
    if plan::scope_of(cx.graph, id) != Some(Scope::Window) {
        return quote!(let #name = #private::Exchange::plain(); #combine);
    }
    let (scope, _) = plan::scope_and_key(cx.graph, id);
    let window = of_node('w', scope);
    let clocks = plan::clocks(cx.graph, cx.node(id).inputs[0])
        .into_iter()
        .map(|clock| of_node('c', clock));
    quote!(let #name = #private::Exchange::windowed(#window, &[#(&#clocks),*]); #combine)
}

/// `let k9 = SinkEdge::new("totals.print", 9, $crate::sink::print());`
fn sink(cx: &Cx<'_>, id: NodeId, node: &Node) -> TokenStream {
    let (binding, name) = (of_node('k', id), &node.id);
    let (operator, sink) = (super::fused::operator(id), endpoint::sink(cx, id));
    let new = names::path(names::PRIVATE, "SinkEdge", &node.name);
    let edge = names::apply(&quote!(#new::new), node.name.span(), quote!(#name, #operator, #sink));
    quote!(let #binding = #edge;)
}

/// All sinks as pairs.
pub(super) fn sinks(cx: &Cx<'_>) -> TokenStream {
    let sinks = cx.graph.nodes.iter().enumerate();
    let sinks = sinks.filter(|(_, node)| matches!(node.spec.kind, Kind::Sink | Kind::End));
    pairs(sinks.map(|(at, _)| {
        let name = of_node('k', NodeId(at));
        quote!(#name)
    }))
}

/// `(stage, clock)`, separated by commas.
pub(super) fn clocks(cx: &Cx<'_>) -> TokenStream {
    let clocks = cx
        .graph
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.spec.kind == Kind::Time);
    clocks
        .map(|(at, _)| {
            let (stage, name) = (
                Literal::usize_unsuffixed(cx.plan.stage_of[at]),
                of_node('c', NodeId(at)),
            );
            quote!((#stage, #name),)
        })
        .collect()
}
