//! `running`: aggregates over all that came so far.

use proc_macro2::{Ident, TokenStream};

use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::names;
use crate::expand::values;
use crate::graph::{ArgValue, NodeId};
use crate::spec::{ArgSpec, Bounds, Count, Gives, OpSpec, OptSpec, Scope, StreamKind, TimeEffect, Ty};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "running",
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
    gives: Gives::Kind(StreamKind::Scoped(Scope::Plain)),
    event_time: TimeEffect::Drops,
    state: Some(Bounds::Option("ttl")),
    updates: |_| true,
    ..OpSpec::SCOPE
};

pub(crate) static EMIT: Emit = Emit { scope, ..Emit::BASE };

/// `op::running(op::ttl(1h))`
fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    let op = |name: &Ident, args: &TokenStream| names::call(names::OP, name, args);
    let bound = match (node.option("ttl"), node.args.first()) {
        (Some(ttl), _) => op(&ttl.name, &values::of(&ttl.values[0])),
        (None, Some(ArgValue::Word(word))) => op(word, &TokenStream::new()),
        _ => TokenStream::new(),
    };
    op(&node.name, &bound)
}
