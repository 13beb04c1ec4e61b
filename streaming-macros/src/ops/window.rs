//! `window`: aggregates over windows of event time.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::names::{self, of_node};
use crate::expand::shape;
use crate::graph::NodeId;
use crate::spec::{ArgSpec, Bounds, Count, Gives, OpSpec, Scope, StreamKind, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "window",
    args: &[ArgSpec {
        name: "window",
        ty: Ty::Window,
        count: Count::One,
    }],
    gives: Gives::Kind(StreamKind::Scoped(Scope::Windows)),
    needs_event_time: true,
    state: Some(Bounds::Watermark),
    ..OpSpec::SCOPE
};

pub(crate) static EMIT: Emit = Emit {
    shared: window,
    scope: |_, id| {
        let window = of_node('w', id);
        quote!(#window)
    },
    ..Emit::BASE
};

/// `let w5 = op::window(op::tumbling(size));`
fn window(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let (node, window) = (cx.node(id), of_node('w', id));
    let value = names::call(names::OP, &node.name, &shape::value(node));
    quote!(let #window = #value;)
}
