//! `state`: what a function of the user's keeps for each key.

use proc_macro2::TokenStream;

use super::running;
use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::names;
use crate::graph::NodeId;
use crate::spec::{Gives, OpSpec, Scope, StreamKind};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "state",
    common: true,
    typed: Some("what it keeps for a key"),
    gives: Gives::Kind(StreamKind::Scoped(Scope::ByHand)),
    ..running::BOUNDED
};

pub(crate) static EMIT: Emit = Emit { scope, ..Emit::BASE };

/// `op::state::<S>(op::ttl(1h))`
fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    let bound = running::bound(node);
    names::call_with(names::OP, &node.name, node.turbofish.as_ref(), &bound)
}
