//! Sources and sinks as values: a call of the runtime's function, options as methods behind it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::cx::Cx;
use super::decode;
use super::fused::operator;
use super::names::{self, of_node, own};
use super::shared::inherits;
use super::values;
use crate::graph::{ArgValue, Inherited, Node, NodeId, Opt};
use crate::spec::OptSpec;

/// `let i0 = source::kafka("orders").brokers(…);`. Brokers that others inherit are bound before.
pub(super) fn source(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let lent = inherits(cx, Inherited::Node(id));
    let before = lent.then(|| {
        let given = cx
            .node(id)
            .options
            .iter()
            .find(|option| inheritable(cx.node(id), option));
        let (name, value) = (of_node('b', id), given.map(|option| values::of(&option.values[0])));
        quote!(let #name = #value;)
    });
    let call = call(cx, id, names::SOURCE, |option| {
        (lent && inheritable(cx.node(id), option)).then(|| {
            let brokers = of_node('b', id);
            quote!(::core::clone::Clone::clone(&#brokers))
        })
    });
    let (prepare, framing) = decode::framed(cx, id);
    let source = match framing {
        Some(framing) => {
            let module = own(names::SOURCE);
            quote!(#module::Source::framed(#call, #framing))
        }
        None => call,
    };
    let name = of_node('i', id);
    quote!(#prepare #before let #name = #source;)
}

/// Others inherit that option.
fn inheritable(node: &Node, option: &Opt) -> bool {
    node.spec.option(option.spec).is_some_and(|spec| spec.inherits)
}

/// `let k9 = SinkEdge::new("totals.print", 9, sink::to(sink::files(dir).jsonl()));`
pub(super) fn sink(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    let mut call = call(cx, id, names::SINK, |_| None);
    call.extend((cx.code(id).options)(cx, id));
    let sink = match &node.within {
        Some(within) => names::call(names::SINK, within, &call),
        None => call,
    };
    let (binding, name, operator) = (of_node('k', id), &node.id, operator(id));
    let new = names::path(names::PRIVATE, "SinkEdge", &node.name);
    let edge = names::apply(&quote!(#new::new), node.name.span(), quote!(#name, #operator, #sink));
    quote!(let #binding = #edge;)
}

/// The runtime's function: that of the operator's name, but where a value of the user's own must be of a type that promises what the
/// pipeline does.
fn function(cx: &Cx<'_>, node: &Node) -> Ident {
    if node.spec.custom && cx.graph.settings.exactly_once() {
        names::user("exactly_once", &node.name)
    } else {
        node.name.clone()
    }
}

fn call(cx: &Cx<'_>, id: NodeId, module: &str, instead: impl Fn(&Opt) -> Option<TokenStream>) -> TokenStream {
    let node = cx.node(id);
    let args = node.args.iter().map(values::of);
    let mut code = names::call(module, &function(cx, node), &quote!(#(#args),*));
    // The format says what the sink is: its other options are that sink's.
    let is_format = |option: &&Opt| node.spec.option(option.spec).is_some_and(|spec| spec.format);
    let (formats, others): (Vec<&Opt>, Vec<&Opt>) = node.options.iter().partition(is_format);
    let options = formats.into_iter().chain(others);
    for option in options.filter(|option| !is_elsewhere(node, option)) {
        // An inherited option stands at the operator's own name.
        let method = names::user(option.spec, &option.name);
        let values = match instead(option) {
            Some(value) => vec![value],
            None => option
                .values
                .iter()
                .map(|value| option_value(value, option, module))
                .collect(),
        };
        let call = names::apply(&quote!(#method), method.span(), quote!(#(#values),*));
        code.extend(quote_spanned!(method.span()=> .#call));
    }
    code
}

/// A function of the record is called in the loop.
fn is_elsewhere(node: &Node, option: &Opt) -> bool {
    option.spec == OptSpec::ON_ERROR.name || node.spec.option(option.spec).is_some_and(OptSpec::runs_in_the_loop)
}

/// Words become calls of functions in the module of the option's name: `source::start::earliest()`.
fn option_value(value: &ArgValue, option: &Opt, module: &str) -> TokenStream {
    let (word, args) = match value {
        ArgValue::Word(word) => (word, TokenStream::new()),
        ArgValue::WordCall(word, tokens) => (word, tokens.clone()),
        value => return values::of(value),
    };
    let (module, of) = (names::user(module, word), names::user(option.spec, word));
    names::apply(&quote_spanned!(word.span()=> #module::#of::#word), word.span(), args)
}
