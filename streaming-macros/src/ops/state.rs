//! `state`: what a function of the user's keeps for each key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::running;
use crate::expand::cx::Cx;
use crate::expand::emit::Emit;
use crate::expand::fused::Fused;
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

/// `op::state::<S>(op::ttl(1h))`, if `S` can rest in state.
fn scope(cx: &Cx<'_>, id: NodeId) -> TokenStream {
    let node = cx.node(id);
    let bound = running::bound(node);
    let state = names::call_with(names::OP, &node.name, node.turbofish.as_ref(), &bound);
    let (kept, private) = (
        names::user("__state", &node.name),
        names::user(names::PRIVATE, &node.name),
    );
    let of = quote_spanned!(node.name.span()=> #private::kept_for_keys(&#kept));
    let passed = Fused::passed(&of, &quote!(#kept), "__begun", &node.name);
    quote_spanned!(node.name.span()=> { let #kept = #state; #passed })
}
