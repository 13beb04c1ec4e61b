//! How pipelines are cut into stages, in words: a line a stage.

use super::{Head, Outlet, Plan};
use crate::diag::Diagnostics;
use crate::graph::{Graph, NodeId};
use crate::ops::TABLE;
use crate::{check, graph, syntax};

/// `numbers+words -> counts, all.print`: what a stage begins with, and what it writes to.
fn stages(pipeline: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let tree = syntax::parse(pipeline.parse().expect("tokens"), &TABLE, &mut diagnostics);
    let graph = graph::build(&tree, &TABLE, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    assert!(diagnostics.read().is_empty(), "{:?}", diagnostics.read());
    let plan = super::build(&graph);
    plan.stages.iter().map(|stage| text(&graph, &plan, stage)).collect()
}

fn text(graph: &Graph, plan: &Plan, stage: &super::Stage) -> String {
    let name = |id: NodeId| graph.nodes[id.0].id.clone();
    let head = match &stage.head {
        Head::Sources(sources) => sources.iter().map(|id| name(*id)).collect::<Vec<_>>().join("+"),
        Head::Keyed(id) => format!("keyed {}", name(*id)),
        Head::Rows(id) => format!("rows {}", name(*id)),
    };
    let outlets = stage.outlets.iter().map(|outlet| match outlet {
        Outlet::Exchange(id) => format!("exchange {}", name(*id)),
        Outlet::Sink(id) => name(*id),
        Outlet::Rows(id) => format!("rows {}", name(*id)),
        Outlet::Clock(id) => format!("clock {}", name(*id)),
    });
    let outlets = outlets.collect::<Vec<_>>().join(", ");
    assert!(plan.stage_of.len() == graph.nodes.len());
    format!("{head} -> {outlets}")
}

#[test]
fn everything_up_to_an_aggregate_is_one_stage() {
    let stages = stages(
        "let words = stdin().lines().flat_map(split); words.print();
        let counts = words.key_by(f).batch().count(); counts.map(g).print();",
    );
    assert_eq!(
        stages,
        ["words -> words.print, exchange counts", "keyed counts -> counts.print"]
    );
}

#[test]
fn late_records_leave_before_the_exchange() {
    let stages = stages(
        "let a = memory(x).event_time(f, max_delay = 1s); let c = a.key_by(f).window(tumbling(1s)).count();
        c.print(); c.late().print();",
    );
    assert_eq!(stages, ["a -> clock a, exchange c, c.late.print", "keyed c -> c.print"]);
}

#[test]
fn a_union_within_a_stage_is_no_stage() {
    let stages = stages("let a = memory(x); let b = union(a.map(f), a.filter(g)); b.print();");
    assert_eq!(stages, ["a -> b.print"]);
}

#[test]
fn sources_that_meet_are_one_stage_even_by_way_of_others() {
    let stages = stages(
        "let a = memory(x); let b = memory(y); let c = memory(z); let d = memory(w);
        union(a, b).print(); union(c, b).print(); d.print();",
    );
    assert_eq!(stages.len(), 2, "{stages:?}");
    assert!(stages[0].starts_with("a+b+c -> "), "{stages:?}");
    assert!(stages[1].starts_with("d -> "), "{stages:?}");
}

#[test]
fn a_stage_comes_before_those_that_read_it() {
    let stages = stages(
        "let a = memory(x); let counts = a.key_by(f).batch().count(); counts.print();
        let b = memory(y); union(b, a).print();",
    );
    assert_eq!(stages.len(), 2, "{stages:?}");
    assert!(stages[0].starts_with("a+b -> exchange counts"), "{stages:?}");
    assert!(stages[1].starts_with("keyed counts"), "{stages:?}");
}

#[test]
fn a_union_behind_an_aggregate_waits_for_all_of_its_stages() {
    let stages = stages(
        "let a = memory(x); let counts = a.key_by(f).batch().count(); let all = union(counts, a.map(g));
        all.print(); let again = all.key_by(f).batch().count(); again.print();",
    );
    assert_eq!(
        stages,
        [
            "a -> exchange counts, rows all",
            "keyed counts -> rows all",
            "rows all -> all.print, exchange again",
            "keyed again -> again.print",
        ]
    );
}
