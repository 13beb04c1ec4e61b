//! `running`: aggregates over all that came so far.

use proc_macro2::{Ident, TokenStream};

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::names;
use crate::expand::values;
use crate::graph::{ArgValue, Node, NodeId};
use crate::spec::{ArgSpec, Bounds, Count, Gives, OpSpec, OptSpec, Scope, StreamKind, TimeEffect, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "running",
    gives: Gives::Kind(StreamKind::Scoped(Scope::Plain)),
    event_time: TimeEffect::Drops,
    updates: |_| true,
    ..BOUNDED
};

/// State that is bounded by `ttl`, or `unbounded`.
pub(super) const BOUNDED: OpSpec = OpSpec {
    args: &[ArgSpec {
        name: "unbounded",
        ty: Ty::Words(&["unbounded"], &[]),
        count: Count::Optional,
    }],
    options: &[OptSpec {
        name: "ttl",
        values: &[Ty::Duration],
        ..OptSpec::BASE
    }],
    state: Some(Bounds::Option("ttl")),
    ..OpSpec::SCOPE
};

pub(crate) static EMIT: Emit = Emit { scope, ..Emit::BASE };

/// `op::running(op::ttl(1h))`
fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    names::call(names::OP, &node.name, &bound(node))
}

/// `op::ttl(1h)`, `op::unbounded()`
pub(super) fn bound(node: &Node) -> TokenStream {
    let op = |name: &Ident, args: &TokenStream| names::call(names::OP, name, args);
    match (node.option("ttl"), node.args.first()) {
        (Some(ttl), _) => op(&ttl.name, &values::of(&ttl.values[0])),
        (None, Some(ArgValue::Word(word))) => op(word, &TokenStream::new()),
        _ => TokenStream::new(),
    }
}
