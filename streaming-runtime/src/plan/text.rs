use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Edge, Explain, OperatorInfo, StageInfo, Via};

/// Writes the plan for a person.
pub(super) fn text(explain: &Explain) -> String {
    let mut out = format!("pipeline `{}`\n", explain.pipeline);
    let width = widest(
        explain
            .stages
            .iter()
            .flat_map(|s| &s.operators)
            .map(|o| o.name.as_str()),
    );
    for stage in &explain.stages {
        out.push('\n');
        write_stage(&mut out, explain, stage, width);
    }
    let _ = write!(out, "\nguarantee: {}\n", explain.guarantee.level.name());
    for reason in &explain.guarantee.reasons {
        let _ = writeln!(out, "  - {reason}");
    }
    out.push_str("\nsettings\n");
    let width = widest(explain.settings.iter().map(|s| s.name.as_str()));
    for setting in &explain.settings {
        let _ = writeln!(out, "  {:width$}  {}", setting.name, setting.value);
    }
    out
}

fn write_stage(out: &mut String, explain: &Explain, stage: &StageInfo, width: usize) {
    let _ = write!(out, "stage {}", stage.stage);
    let entry = entry(explain, stage);
    if !entry.is_empty() {
        let _ = write!(out, ": {entry}");
    }
    out.push('\n');
    let mut previous = None;
    for operator in &stage.operators {
        let line = format!("  {:width$}  {}", operator.name, operator.call());
        out.push_str(line.trim_end());
        let reads = reads(explain, operator, previous);
        if !reads.is_empty() {
            let _ = write!(out, "  <- {reads}");
        }
        out.push('\n');
        previous = Some(operator.id);
    }
}

/// What brings records into a stage from other stages: `exchange by key from stage 0`.
fn entry(explain: &Explain, stage: &StageInfo) -> String {
    let mut ways: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for edge in explain
        .edges
        .iter()
        .filter(|edge| stage_of(explain, edge.to) == Some(stage.stage))
    {
        let way = match edge.via {
            Via::Fused => continue,
            Via::Exchange => "exchange by key from stage",
            Via::Rows => "rows from stage",
            Via::Staged => "staged by stage",
        };
        ways.entry(way).or_default().extend(stage_of(explain, edge.from));
    }
    let from = |stages: BTreeSet<u32>| stages.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ");
    let ways: Vec<String> = ways
        .into_iter()
        .map(|(way, stages)| format!("{way} {}", from(stages)))
        .collect();
    ways.join(", ")
}

/// What an operator reads, where that is not just the line above it.
fn reads(explain: &Explain, operator: &OperatorInfo, previous: Option<u32>) -> String {
    let edges: Vec<&Edge> = explain.edges.iter().filter(|edge| edge.to == operator.id).collect();
    if let [only] = edges.as_slice()
        && Some(only.from) == previous
        && only.output.is_empty()
    {
        return String::new();
    }
    edges
        .iter()
        .map(|edge| stream(explain, edge))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The stream that an edge carries: `totals`, `totals.late`.
fn stream(explain: &Explain, edge: &Edge) -> String {
    let name = operator(explain, edge.from).map_or("?", |operator| operator.name.as_str());
    match edge.output.as_str() {
        "" => name.to_owned(),
        output => format!("{name}.{output}"),
    }
}

fn operator(explain: &Explain, id: u32) -> Option<&OperatorInfo> {
    explain
        .stages
        .iter()
        .flat_map(|stage| &stage.operators)
        .find(|operator| operator.id == id)
}

fn stage_of(explain: &Explain, id: u32) -> Option<u32> {
    explain
        .stages
        .iter()
        .find(|stage| stage.operators.iter().any(|operator| operator.id == id))
        .map(|stage| stage.stage)
}

fn widest<'s>(names: impl Iterator<Item = &'s str>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0)
}
