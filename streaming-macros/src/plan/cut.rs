use crate::graph::{Graph, NodeId, Output, Port};
use crate::spec::Kind;

use super::Head;

/// The stages, and which node runs where.
pub(super) struct Cut {
    pub(super) heads: Vec<Head>,
    pub(super) stage_of: Vec<usize>,
    /// What gathers the records of several stages, and is a stage of its own.
    pub(super) rows: Vec<bool>,
}

/// Gives every source, every keyed operator and everything that reads different stages a stage; all else runs where its inputs do.
pub(super) fn cut(graph: &Graph) -> Cut {
    let mut heads: Vec<Option<Head>> = Vec::new();
    let mut stage_of = Vec::with_capacity(graph.nodes.len());
    let mut rows = vec![false; graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        let id = NodeId(at);
        let inputs = node.inputs.iter();
        let inputs: Vec<usize> = inputs
            .flat_map(|input| stages_of_port(graph, &stage_of, *input))
            .collect();
        let stage = match node.spec.kind {
            Kind::Source => open(&mut heads, Head::Sources(vec![id])),
            kind if kind.is_keyed() => open(&mut heads, Head::Keyed(id)),
            _ => meet(&mut heads, &mut stage_of, &inputs).unwrap_or_else(|| {
                rows[at] = true;
                open(&mut heads, Head::Rows(id))
            }),
        };
        stage_of.push(stage);
    }
    number(heads, stage_of, rows)
}

/// The stages whose loops give an output. Late records are seen before the exchange, not behind it.
pub(super) fn stages_of_port(graph: &Graph, stage_of: &[usize], port: Port) -> Vec<usize> {
    match port.output {
        Output::Late => {
            let inputs = graph.nodes[port.node.0].inputs.iter();
            inputs
                .flat_map(|input| stages_of_port(graph, stage_of, *input))
                .collect()
        }
        _ => vec![stage_of[port.node.0]],
    }
}

fn open(heads: &mut Vec<Option<Head>>, head: Head) -> usize {
    heads.push(Some(head));
    heads.len() - 1
}

/// The stage that all inputs run in; sources are merged into one for that.
fn meet(heads: &mut [Option<Head>], stage_of: &mut [usize], inputs: &[usize]) -> Option<usize> {
    // The lowest, so that a stage still comes before those that read it.
    let first = inputs.iter().copied().min()?;
    if inputs.iter().all(|stage| *stage == first) {
        return Some(first);
    }
    if !inputs
        .iter()
        .all(|stage| matches!(heads[*stage], Some(Head::Sources(_))))
    {
        return None;
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
    Some(first)
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
