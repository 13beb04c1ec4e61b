use std::collections::HashMap;

use crate::graph::{ArgValue, Graph, Node, NodeId, Output, Port};
use crate::spec::{Given, Holds, Kind};

/// One input of a node that reads a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) node: NodeId,
    /// Which of its inputs.
    pub(crate) input: usize,
}

/// Who reads which stream, and who needs the record by value.
#[derive(Debug)]
pub(crate) struct Consumers {
    by_port: HashMap<Port, Vec<Reader>>,
    takes: Vec<bool>,
}

impl Consumers {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut by_port: HashMap<Port, Vec<Reader>> = HashMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            for (input, port) in node.inputs.iter().enumerate() {
                let node = NodeId(at);
                by_port.entry(*port).or_default().push(Reader { node, input });
            }
        }
        let mut consumers = Self {
            by_port,
            takes: vec![false; graph.nodes.len()],
        };
        // Readers come after what they read, so that theirs is known first.
        for (at, node) in graph.nodes.iter().enumerate().rev() {
            consumers.takes[at] = consumers.node_takes(NodeId(at), node);
        }
        consumers
    }

    /// Who reads `port`, in order of nodes; a union that reads it twice stands here twice.
    pub(crate) fn of_port(&self, port: Port) -> &[Reader] {
        self.by_port.get(&port).map_or(&[], Vec::as_slice)
    }

    /// Whether a node, or what runs behind it in the same loop, needs the record by value.
    pub(crate) fn takes(&self, node: NodeId) -> bool {
        self.takes[node.0]
    }

    fn node_takes(&self, id: NodeId, node: &Node) -> bool {
        node.spec.holds == Holds::Takes || keeps_records(node) || self.readers_take(id, |output| passes(node, output))
    }

    fn readers_take(&self, node: NodeId, counts: impl Fn(Output) -> bool) -> bool {
        let ports = self
            .by_port
            .iter()
            .filter(|(port, _)| port.node == node && counts(port.output));
        ports
            .flat_map(|(_, readers)| readers)
            .any(|reader| self.takes(reader.node))
    }
}

/// Whether what a node reads leaves it by that output, in the same loop.
fn passes(node: &Node, output: Output) -> bool {
    match node.spec.kind {
        // Loops begin there.
        Kind::Source | Kind::Decode => false,
        // Results come behind the exchange.
        Kind::Reduce | Kind::Join => output == Output::Late,
        _ => matches!(output, Output::Main | Output::Part(_)),
    }
}

/// Whether an aggregate among its arguments keeps whole records.
fn keeps_records(node: &Node) -> bool {
    node.args.iter().any(|arg| match arg {
        ArgValue::Aggregation(agg) => agg.calls.iter().any(|call| call.spec.given == Given::Record),
        _ => false,
    })
}
