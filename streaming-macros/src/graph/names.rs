//! Ids: what operators are called in metrics, pages and checkpoints.

use std::collections::HashSet;

use super::NodeId;
use super::build::{Builder, Naming};
use crate::spec::Kind;

/// Ids that are taken, apart for sources, operators and sinks.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: HashSet<(Space, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Space {
    Source,
    Operator,
    Sink,
}

impl Ids {
    /// `wanted`, or `wanted.2` where it is taken.
    fn claim(&mut self, kind: Kind, wanted: &str) -> String {
        let space = match kind {
            Kind::Source => Space::Source,
            Kind::Sink | Kind::End => Space::Sink,
            _ => Space::Operator,
        };
        let numbered = (2..).map(|number| format!("{wanted}.{number}"));
        let mut candidates = std::iter::once(wanted.to_owned()).chain(numbered);
        let free = candidates.find(|id| self.taken.insert((space, id.clone())));
        free.unwrap_or_else(|| wanted.to_owned())
    }
}

impl Builder<'_> {
    /// Names the operators that one chain made, its sinks apart.
    pub(super) fn name_chain(&mut self, nodes: &[NodeId], naming: &Naming) {
        let operators = |kind| !matches!(kind, Kind::Source | Kind::Sink | Kind::End | Kind::Unknown);
        let last = nodes
            .iter()
            .rev()
            .find(|id| operators(self.graph.nodes[id.0].spec.kind))
            .copied();
        for id in nodes {
            let node = &mut self.graph.nodes[id.0];
            let kind = node.spec.kind;
            if matches!(kind, Kind::Sink | Kind::End) {
                continue;
            }
            let own = naming.owns && (kind == Kind::Source || last == Some(*id));
            let bare = own || kind == Kind::Source && node.name == naming.base;
            let wanted = if bare {
                naming.base.clone()
            } else {
                format!("{}.{}", naming.base, node.name)
            };
            node.id = self.ids.claim(kind, &wanted);
            node.named = naming.named;
        }
    }

    /// Names a sink after the stream that it writes.
    pub(super) fn name_sink(&mut self, sink: NodeId, stream: &str, naming: &Naming) {
        let node = &mut self.graph.nodes[sink.0];
        node.id = self.ids.claim(node.spec.kind, &format!("{stream}.{}", node.spec.name));
        node.named = naming.named;
    }
}
