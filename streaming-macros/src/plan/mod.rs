//! Cuts a sound graph into stages.
//!
//! A stage is one fused loop: everything from a source, from an aggregate or a join, or from a union of different stages up to the
//! next exchange. The plan holds no tokens: it says which node runs in which stage, what each stage writes to, who reads
//! which stream, and who needs the record by value.

mod consumers;
mod cut;
mod loops;

use crate::graph::{EventTime, Graph, NodeId, Output, Port};
use crate::spec::{Kind, Scope, StreamKind};

pub(crate) use consumers::{Consumers, Reader};

/// Where everything runs.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In dependency order; a stage's number is its place here.
    pub(crate) stages: Vec<Stage>,
    /// The stage of every node; of an aggregate, the one behind its exchange.
    pub(crate) stage_of: Vec<usize>,
    /// The node that the loop of every node begins with.
    loop_of: Vec<NodeId>,
    pub(crate) consumers: Consumers,
}

/// One fused loop.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) head: Head,
    /// What the loop writes to, in order of nodes.
    pub(crate) outlets: Vec<Outlet>,
}

/// What a stage begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// These sources; more than one where their streams meet in a union.
    Sources(Vec<NodeId>),
    /// The aggregate or the join behind its exchange.
    Keyed(NodeId),
    /// A union of streams of different stages.
    Rows(NodeId),
}

/// Something that a stage writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlet {
    /// The exchange before that aggregate or join.
    Exchange(NodeId),
    Sink(NodeId),
    /// The rows before that union.
    Rows(NodeId),
    /// The clock of that `event_time`.
    Clock(NodeId),
}

/// Plans a graph that holds no mistakes.
pub(crate) fn build(graph: &Graph) -> Plan {
    let cut = cut::cut(graph);
    let mut stages: Vec<Stage> = cut
        .heads
        .into_iter()
        .map(|head| Stage {
            head,
            outlets: Vec::new(),
        })
        .collect();
    for (at, node) in graph.nodes.iter().enumerate() {
        let id = NodeId(at);
        let writers = || {
            node.inputs
                .iter()
                .flat_map(|input| cut::stages_of_port(graph, &cut.stage_of, *input))
        };
        let mut write = |stage: usize, outlet: Outlet| {
            let outlets = &mut stages[stage].outlets;
            if !outlets.contains(&outlet) {
                outlets.push(outlet);
            }
        };
        match node.spec.kind {
            kind if kind.is_sink() => write(cut.stage_of[at], Outlet::Sink(id)),
            Kind::Time => write(cut.stage_of[at], Outlet::Clock(id)),
            kind if kind.is_keyed() => writers().for_each(|stage| write(stage, Outlet::Exchange(id))),
            _ if cut.rows[at] => writers().for_each(|stage| write(stage, Outlet::Rows(id))),
            _ => {}
        }
    }
    Plan {
        loop_of: loops::of(graph, &cut.rows),
        stages,
        stage_of: cut.stage_of,
        consumers: Consumers::of(graph),
    }
}

impl Plan {
    /// Whether a node that gathers several streams is a stage of its own.
    pub(crate) fn is_stage(&self, node: NodeId) -> bool {
        self.stages.iter().any(|stage| stage.head == Head::Rows(node))
    }

    /// What gathers several streams inside a stage, in order of nodes.
    fn gathers<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = NodeId> + 'a {
        let several = graph.nodes.iter().enumerate().filter(|(_, node)| node.inputs.len() > 1);
        several
            .map(|(at, _)| NodeId(at))
            .filter(|id| !self.is_keyed(*id) && !self.is_stage(*id))
    }

    /// What gathers the records of several loops of a stage: it has a loop of its own behind them.
    pub(crate) fn gathered_behind<'a>(&'a self, graph: &'a Graph, stage: usize) -> impl Iterator<Item = NodeId> + 'a {
        self.gathers(graph)
            .filter(move |id| self.stage_of[id.0] == stage && !self.gathers_within(*id))
    }

    /// What gathers several streams of the loop that begins with a node: it goes on in the same turn.
    pub(crate) fn gathered_within<'a>(&'a self, graph: &'a Graph, head: NodeId) -> impl Iterator<Item = NodeId> + 'a {
        self.gathers(graph)
            .filter(move |id| self.gathers_within(*id) && self.loop_of[id.0] == head)
    }

    /// Whether all that a node gathers is given in one loop.
    pub(crate) fn gathers_within(&self, id: NodeId) -> bool {
        self.loop_of[id.0] != id
    }

    /// Whether one turn of its loop may give a node more than one record by one of its inputs.
    pub(crate) fn gives_many(&self, graph: &Graph, id: NodeId) -> bool {
        loops::gives_many(graph, id, self.loop_of[id.0])
    }

    /// The stages whose loops give a stream.
    pub(crate) fn stages_of(&self, graph: &Graph, port: Port) -> Vec<usize> {
        cut::stages_of_port(graph, &self.stage_of, port)
    }

    fn is_keyed(&self, node: NodeId) -> bool {
        self.stages.iter().any(|stage| stage.head == Head::Keyed(node))
    }
}

/// One way into an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Writer {
    pub(crate) scope: NodeId,
    /// The `key_by` before the scope: what it reads is combined.
    pub(crate) key: NodeId,
}

/// The ways into the exchange before a node; none where there is no exchange.
pub(crate) fn writers(graph: &Graph, keyed: NodeId) -> Vec<Writer> {
    let scopes = graph.nodes[keyed.0].inputs.iter();
    let scopes = scopes.filter(|input| matches!(graph.facts(**input).kind, StreamKind::Scoped(_)));
    let ways = scopes.flat_map(|scope| {
        let keys = graph.nodes[scope.node.0].inputs.iter();
        keys.map(|key| Writer {
            scope: scope.node,
            key: key.node,
        })
    });
    ways.collect()
}

/// The scope of an aggregate: all that writes into its exchange has the same.
pub(crate) fn scope_of(graph: &Graph, keyed: NodeId) -> Option<NodeId> {
    writers(graph, keyed).first().map(|writer| writer.scope)
}

/// Whether a node aggregates over windows.
pub(crate) fn is_windowed(graph: &Graph, keyed: NodeId) -> bool {
    let mut inputs = graph.nodes[keyed.0].inputs.iter();
    inputs.any(|input| graph.facts(*input).kind == StreamKind::Scoped(Scope::Windows))
}

/// Whether what a node gives has an event time.
pub(crate) fn gives_times(graph: &Graph, node: NodeId) -> bool {
    let output = Output::Main;
    is_timed(graph, Port { node, output })
}

/// The `event_time` nodes that the watermark of a stream follows from.
pub(crate) fn clocks(graph: &Graph, port: Port) -> Vec<NodeId> {
    let node = &graph.nodes[port.node.0];
    if node.spec.kind == Kind::Time && port.output == Output::Main {
        return vec![port.node];
    }
    clocks_before(graph, port.node)
}

/// As [`clocks`], of everything that a node reads.
pub(crate) fn clocks_before(graph: &Graph, node: NodeId) -> Vec<NodeId> {
    let inputs = graph.nodes[node.0].inputs.iter();
    let mut clocks: Vec<NodeId> = inputs.flat_map(|input| clocks(graph, *input)).collect();
    clocks.sort_unstable();
    clocks.dedup();
    clocks
}

/// Whether the stream is, or comes from, the results of windows: these have an event time, and a second clock would only follow it.
pub(crate) fn is_behind_window(graph: &Graph, port: Port) -> bool {
    let node = &graph.nodes[port.node.0];
    if matches!(port.output, Output::Late | Output::Errors) || node.facts.event_time != EventTime::Yes {
        return false;
    }
    match node.spec.kind {
        Kind::Reduce if is_windowed(graph, port.node) => true,
        Kind::Time => false,
        _ => node.inputs.iter().any(|input| is_behind_window(graph, *input)),
    }
}

/// Whether records of a stream carry an event time.
pub(crate) fn is_timed(graph: &Graph, port: Port) -> bool {
    graph.facts(port).event_time == EventTime::Yes
}

/// Whether a node counts the records that leave it where the pipeline runs; for the others it follows from the plan.
pub(crate) fn is_counted(graph: &Graph, id: NodeId) -> bool {
    let node = &graph.nodes[id.0];
    let of_a_part = node.inputs.iter().any(|input| input.output != Output::Main);
    node.spec.counts() || of_a_part
}

/// Whether a node holds state that outlives a batch.
pub(crate) fn is_stateful(graph: &Graph, id: NodeId) -> bool {
    let scopes = writers(graph, id).into_iter().map(|writer| writer.scope);
    let spec = graph.nodes[id.0].spec;
    let own = spec.kind.is_keyed().then_some(spec);
    own.into_iter()
        .chain(scopes.map(|scope| graph.nodes[scope.0].spec))
        .any(|spec| spec.state.is_some())
}

#[cfg(test)]
mod tests;
