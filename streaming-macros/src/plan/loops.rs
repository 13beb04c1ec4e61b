//! Which loop of its stage a node runs in.

use crate::graph::{Graph, NodeId, Output, Port};
use crate::spec::{Kind, Rows};

/// The node that the loop of each node begins with: a source, a decode, a keyed operator, or what gathers the records of several loops.
pub(super) fn of(graph: &Graph, stages: &[bool]) -> Vec<NodeId> {
    let mut loops = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let kind = node.spec.kind;
        let begins = stages[at] || kind.is_keyed() || matches!(kind, Kind::Source | Kind::Decode);
        let mut inputs = node.inputs.iter().flat_map(|input| of_port(graph, &loops, *input));
        let first = inputs
            .next()
            .filter(|first| !begins && inputs.all(|other| other == *first));
        loops.push(first.unwrap_or(NodeId(at)));
    }
    loops
}

/// The loops that give an output: late records are seen before the exchange.
fn of_port(graph: &Graph, loops: &[NodeId], port: Port) -> Vec<NodeId> {
    match port.output {
        Output::Late => {
            let inputs = graph.nodes[port.node.0].inputs.iter();
            inputs.flat_map(|input| of_port(graph, loops, *input)).collect()
        }
        _ => vec![loops[port.node.0]],
    }
}

/// Whether one turn of the loop that begins with `head` may give a node more than one record by one of its inputs.
pub(super) fn gives_many(graph: &Graph, id: NodeId, head: NodeId) -> bool {
    graph.nodes[id.0].inputs.iter().any(|input| {
        let many = graph.nodes[input.node.0].spec.rows == Rows::Any && input.output != Output::Late;
        input.node != head && (many || gives_many(graph, input.node, head))
    })
}
