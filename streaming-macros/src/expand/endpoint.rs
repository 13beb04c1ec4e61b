//! Sources and sinks as values: a call of the runtime's function, options as methods behind it.

use proc_macro2::TokenStream;
use quote::quote;

use super::cx::Cx;
use super::names::{self, of_node};
use crate::graph::{ArgValue, Node, NodeId, Opt};
use crate::ops::{Kind, OpKind, csv};

/// `$crate::source::kafka("orders").brokers(…)`. Brokers that others inherit are bound before.
pub(super) fn source(cx: &Cx<'_>, id: NodeId, lent: bool) -> TokenStream {
    let krate = cx.krate;
    let call = call(cx, id, &quote!(#krate::source), |option| {
        (lent && option.spec == "brokers").then(|| {
            let brokers = of_node('b', id);
            quote!(::core::clone::Clone::clone(&#brokers))
        })
    });
    let mut decodes = cx.graph.nodes.iter().enumerate();
    let decode = decodes.find(|(_, node)| node.spec.op == OpKind::Csv && node.inputs[0].node == id);
    match decode {
        Some((at, _)) => {
            let framing = csv::framing(cx, NodeId(at));
            quote!(#krate::source::Source::framed(#call, #framing))
        }
        None => call,
    }
}

/// `$crate::sink::to($crate::sink::files(dir).jsonl())`
pub(super) fn sink(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let krate = cx.krate;
    let call = call(cx, id, &quote!(#krate::sink), |_| None);
    match &cx.node(id).within {
        Some(within) => quote!(#krate::sink::#within(#call)),
        None => call,
    }
}

fn call(cx: &Cx<'_>, id: NodeId, module: &TokenStream, instead: impl Fn(&Opt) -> Option<TokenStream>) -> TokenStream {
    let node = cx.node(id);
    let name = &node.name;
    let args = node.args.iter().map(|arg| cx.value(arg));
    let mut code = quote!(#module::#name(#(#args),*));
    for option in node.options.iter().filter(|option| !is_elsewhere(node, option)) {
        let method = &option.name;
        // An inherited option stands at the operator's own name.
        let method = if option.spec.is_empty() {
            method.clone()
        } else {
            names::user(option.spec, method)
        };
        let values = match instead(option) {
            Some(value) => vec![value],
            None => option.values.iter().map(|value| option_value(cx, value)).collect(),
        };
        code.extend(quote!(.#method(#(#values),*)));
    }
    code
}

/// The key of a sink's records is a function of the record: it is called in the loop.
fn is_elsewhere(node: &Node, option: &Opt) -> bool {
    node.spec.kind == Kind::Sink && option.spec == "key"
}

/// Words become calls of the functions in `$crate::source::start`.
fn option_value(cx: &Cx<'_>, value: &ArgValue) -> TokenStream {
    let krate = cx.krate;
    match value {
        ArgValue::Word(word) => quote!(#krate::source::start::#word()),
        ArgValue::WordCall(word, tokens) => quote!(#krate::source::start::#word(#tokens)),
        value => cx.value(value),
    }
}
