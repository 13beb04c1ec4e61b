use std::cell::RefCell;
use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};

use super::captures::Captures;
use super::emit::Emit;
use crate::graph::{Graph, Node, NodeId};
use crate::plan::Plan;
use crate::spec::OpSpec;

/// What every part of the expansion looks things up in.
pub(crate) struct Cx<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) plan: &'a Plan,
    pub(crate) captures: Captures,
    /// `$crate` of the runtime.
    pub(crate) krate: &'a TokenStream,
    /// The code of the operator that has this spec.
    pub(crate) code: fn(&'static OpSpec) -> &'static Emit,
    /// The line of the source file a token stands on.
    pub(crate) line: fn(Span) -> u32,
    /// The input of each union that is written first: it fixes the type of the record.
    pub(crate) first_inputs: RefCell<BTreeMap<usize, usize>>,
}

impl Cx<'_> {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.graph.nodes[id.0]
    }

    /// The code of a node's operator.
    pub(crate) fn code(&self, id: NodeId) -> &'static Emit {
        (self.code)(self.node(id).spec)
    }
}
