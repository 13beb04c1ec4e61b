//! Several streams as one: where their records wait, and the code behind them, which stands once.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::fused::{Fused, Here};
use super::names::{self, of_node, own};
use crate::graph::NodeId;

/// What one loop gathers.
#[derive(Default)]
pub(crate) struct Within {
    /// Before the loop.
    pub(crate) before: TokenStream,
    /// At the beginning of each turn.
    pub(crate) begin: TokenStream,
    /// At its end: everything behind what is gathered.
    pub(crate) end: TokenStream,
}

/// What the loop that begins with `head` gathers, once the code of its turn is written.
pub(crate) fn within(fused: &mut Fused<'_>, head: NodeId, here: Here) -> Within {
    let mut within = Within::default();
    let gathered: Vec<NodeId> = fused.cx.plan.gathered_within(fused.cx.graph, head).collect();
    for id in gathered {
        let buffer = of_node('u', id);
        if fused.cx.plan.gives_many(fused.cx.graph, id) {
            within.before.extend(buffer_of(fused, id));
        } else {
            let (private, places) = (
                own(names::PRIVATE),
                Literal::usize_unsuffixed(fused.node(id).inputs.len()),
            );
            within
                .begin
                .extend(quote!(let mut #buffer = #private::places::<_, #places>();));
        }
        within.end.extend((fused.cx.code(id).tail)(fused, id, here));
    }
    within
}

/// What the loops of a stage gather together: the buffers before them, and the loops over these behind.
pub(super) fn behind(fused: &mut Fused<'_>, stage: usize, here: Here) -> (TokenStream, TokenStream) {
    let (mut buffers, mut tails) = (TokenStream::new(), TokenStream::new());
    let gathered: Vec<NodeId> = fused.cx.plan.gathered_behind(fused.cx.graph, stage).collect();
    for id in gathered {
        buffers.extend(buffer_of(fused, id));
        tails.extend((fused.cx.code(id).tail)(fused, id, here));
    }
    (buffers, tails)
}

/// `let mut u4 = op::union();`
fn buffer_of(fused: &Fused<'_>, id: NodeId) -> TokenStream {
    let buffer = of_node('u', id);
    let new = names::call(names::OP, &fused.node(id).name, &TokenStream::new());
    quote!(let mut #buffer = #new;)
}
