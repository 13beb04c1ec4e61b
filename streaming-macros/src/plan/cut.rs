use crate::graph::{Graph, NodeId, Output, Port};
use crate::ops::Kind;

use super::Head;

/// The stages, and which node runs where.
pub(super) struct Cut {
    pub(super) heads: Vec<Head>,
    pub(super) stage_of: Vec<usize>,
    /// The unions that are stages of their own.
    pub(super) rows: Vec<bool>,
}

/// Gives every source, every aggregate and every union of different stages a stage; all else runs where its input does.
pub(super) fn cut(graph: &Graph) -> Cut {
    let mut heads: Vec<Option<Head>> = Vec::new();
    let mut stage_of = Vec::with_capacity(graph.nodes.len());
    let mut rows = vec![false; graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        let id = NodeId(at);
        let inputs: Vec<usize> = node
            .inputs
            .iter()
            .map(|input| stage_of_port(graph, &stage_of, *input))
            .collect();
        let stage = match node.spec.kind {
            Kind::Source => open(&mut heads, Head::Sources(vec![id])),
            Kind::Reduce => open(&mut heads, Head::Keyed(id)),
            Kind::Union if !meet(&mut heads, &mut stage_of, &inputs) => {
                rows[at] = true;
                open(&mut heads, Head::Rows(id))
            }
            Kind::Union => stage_of_port(graph, &stage_of, node.inputs[0]),
            _ => inputs[0],
        };
        stage_of.push(stage);
    }
    number(heads, stage_of, rows)
}

/// The stage whose loop gives an output. Late records are seen before the exchange, not behind it.
pub(super) fn stage_of_port(graph: &Graph, stage_of: &[usize], port: Port) -> usize {
    match port.output {
        Output::Late => stage_of_port(graph, stage_of, graph.nodes[port.node.0].inputs[0]),
        _ => stage_of[port.node.0],
    }
}

fn open(heads: &mut Vec<Option<Head>>, head: Head) -> usize {
    heads.push(Some(head));
    heads.len() - 1
}

/// Whether the inputs of a union run in one stage; sources are merged into one for that.
fn meet(heads: &mut [Option<Head>], stage_of: &mut [usize], inputs: &[usize]) -> bool {
    // The lowest, so that a stage still comes before those that read it.
    let first = inputs.iter().copied().min().unwrap_or_default();
    if inputs.iter().all(|stage| *stage == first) {
        return true;
    }
    if !inputs
        .iter()
        .all(|stage| matches!(heads[*stage], Some(Head::Sources(_))))
    {
        return false;
    }
    for other in inputs.iter().copied().filter(|stage| *stage != first) {
        let Some(Head::Sources(sources)) = heads[other].take() else {
            continue;
        };
        if let Some(Head::Sources(all)) = &mut heads[first] {
            all.extend(sources);
            all.sort_unstable();
        }
        stage_of
            .iter_mut()
            .filter(|stage| **stage == other)
            .for_each(|stage| *stage = first);
    }
    true
}

/// Closes the gaps that merged sources left.
fn number(heads: Vec<Option<Head>>, mut stage_of: Vec<usize>, rows: Vec<bool>) -> Cut {
    let kept: Vec<usize> = (0..heads.len()).filter(|stage| heads[*stage].is_some()).collect();
    for stage in &mut stage_of {
        *stage = kept.binary_search(stage).unwrap_or_default();
    }
    Cut {
        heads: heads.into_iter().flatten().collect(),
        stage_of,
        rows,
    }
}
