//! Sources and sinks as values: a call of the runtime's function, options as methods behind it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::cx::Cx;
use super::names::{self, of_node, own};
use super::values;
use crate::graph::{ArgValue, Node, NodeId, Opt};
use crate::ops::{Kind, OpKind, decode, files_sink};

/// `source::kafka("orders").brokers(…)`. Brokers that others inherit are bound before.
pub(super) fn source(cx: &Cx<'_>, id: NodeId, lent: bool) -> TokenStream {
    let call = call(cx, id, names::SOURCE, |option| {
        (lent && option.spec == "brokers").then(|| {
            let brokers = of_node('b', id);
            quote!(::core::clone::Clone::clone(&#brokers))
        })
    });
    match decode::framing(cx, id) {
        Some(framing) => {
            let module = own(names::SOURCE);
            quote!(#module::Source::framed(#call, #framing))
        }
        None => call,
    }
}

/// `sink::to(sink::files(dir).jsonl())`
pub(super) fn sink(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let mut call = call(cx, id, names::SINK, |_| None);
    if cx.node(id).spec.op == OpKind::FilesSink {
        call.extend(files_sink::columns(cx, id));
    }
    match &cx.node(id).within {
        Some(within) => names::call(names::SINK, within, &call),
        None => call,
    }
}

/// The runtime's function: that of the operator's name, but where a value of the user's own must be of a type that promises what the
/// pipeline does.
fn function(cx: &Cx<'_>, node: &Node) -> Ident {
    let own = matches!(node.spec.op, OpKind::SourceExpr | OpKind::SinkExpr);
    if own && cx.graph.settings.exactly_once() {
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
    let is_format = |option: &&Opt| option.spec == "json" || node.spec.one_of.contains(&option.spec);
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

/// The key of a sink's records is a function of the record: it is called in the loop.
fn is_elsewhere(node: &Node, option: &Opt) -> bool {
    node.spec.kind == Kind::Sink && option.spec == "key"
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
