//! What a sound pipeline becomes: ids, edges, arguments.

use super::{ArgValue, Graph, Inherited, Node, NodeId, Output, PipelineName, Quantity, Trigger};
use crate::diag::Diagnostics;
use crate::ops::TABLE;
use crate::spec::StreamKind;
use crate::{check, syntax};

fn sound(input: &str) -> Graph {
    let mut diagnostics = Diagnostics::default();
    let pipeline = syntax::parse(input.parse().unwrap(), &TABLE, &mut diagnostics);
    let graph = super::build(&pipeline, &TABLE, &mut diagnostics);
    check::all(&graph, &mut diagnostics);
    assert!(diagnostics.read().is_empty(), "{:?}", diagnostics.read());
    graph
}

/// `id <- inputs`, a node a line.
fn outline(graph: &Graph) -> Vec<String> {
    let port = |port: &super::Port| {
        let id = &graph.nodes[port.node.0].id;
        match port.output {
            Output::Main => id.clone(),
            Output::Part(part) => format!("{id}[{part}]"),
            Output::Late => format!("{id}[late]"),
            Output::Errors => format!("{id}[errors]"),
        }
    };
    let line = |node: &Node| {
        let inputs: Vec<String> = node.inputs.iter().map(port).collect();
        format!("{:?} {} <- {}", node.spec.kind, node.id, inputs.join(", "))
    };
    graph
        .nodes
        .iter()
        .map(line)
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[track_caller]
fn check_outline(input: &str, expected: &[&str]) {
    assert_eq!(outline(&sound(input)), expected, "{input}");
}

#[test]
fn ids_come_from_the_let() {
    check_outline(
        r#"
        let orders = kafka("o").brokers(b).json::<O>().on_error(dead_letter(kafka("dlq")))
            .filter(f).filter(g).event_time(h, max_delay = 1s);
        let totals = orders.key_by(k).window(tumbling(1min)).count();
        totals.print();
        totals.filter(f).print();
        totals.late().to(kafka("late"));
        orders.errors().print();
        "#,
        &[
            "Source orders <-",
            "Decode orders.json <- orders",
            "Sink orders.errors.kafka <- orders.json[errors]",
            "Record orders.filter <- orders.json",
            "Record orders.filter.2 <- orders.filter",
            "Time orders <- orders.filter.2",
            "KeyBy totals.key_by <- orders",
            "Scope totals.window <- totals.key_by",
            "Reduce totals <- totals.window",
            "End totals.print <- totals",
            "Record totals.filter <- totals",
            "End totals.print.2 <- totals.filter",
            "Side totals.late <- totals[late]",
            "Sink totals.late.kafka <- totals.late",
            "Side orders.errors <- orders.json[errors]",
            "End orders.errors.print <- orders.errors",
        ],
    );
}

#[test]
fn parts_unions_and_unbound_chains() {
    check_outline(
        "
        let (yes, no) = stdin().split(f);
        let all = union(yes, no, stdin().lines());
        all.print();
        stdin().lines().map(f).to(collect(h));
        let alias = all;
        alias.to(sink(s));
        ",
        &[
            "Source yes-no <-",
            "Parts yes-no <- yes-no",
            "Source all.stdin <-",
            "Decode all.lines <- all.stdin",
            "Union all <- yes-no[0], yes-no[1], all.lines",
            "End all.print <- all",
            "Source stdin <-",
            "Decode stdin.lines <- stdin",
            "Record stdin.map <- stdin.lines",
            "Sink stdin.collect <- stdin.map",
            "Sink alias.sink <- all",
        ],
    );
}

#[test]
fn settings_are_read() {
    let graph = sound(
        r#"settings(batch_interval = 1.5s, max_batch_bytes = 64MiB, name = "shop");
        stdin().print();"#,
    );
    let settings = &graph.settings;
    assert!(matches!(&settings.batch_interval, Some(Quantity::Literal(time, _)) if time.as_millis() == 1500));
    assert!(matches!(
        settings.max_batch_bytes,
        Some(Quantity::Literal(67_108_864, _))
    ));
    assert!(matches!(&graph.name, PipelineName::Setting(name) if name.value() == "shop"));
    let graph = sound("settings(trigger = interval(2s)); stdin().print();");
    assert!(matches!(&graph.settings.trigger, Some(Trigger::Interval(..))));
}

#[test]
fn options_are_typed_and_inherited() {
    let graph = sound(
        r#"let a = kafka("a").brokers(b).config("k", "v").start(timestamp(3));
        kafka("b").to(kafka("c").key(|x| x.id).json());
        a.filter(|r, meta| meta.offset() > 3).print();"#,
    );
    let first = &graph.nodes[0];
    assert_eq!(first.option("config").unwrap().values.len(), 2);
    assert!(matches!(
        first.option("start").unwrap().values[0],
        ArgValue::WordCall(..)
    ));
    let inherited = |node: usize| graph.nodes[node].option("brokers").unwrap().values[0].clone();
    assert!(matches!(inherited(1), ArgValue::Inherited(Inherited::Node(NodeId(0)))));
    assert!(matches!(inherited(2), ArgValue::Inherited(Inherited::Node(NodeId(0)))));
    assert_eq!(graph.nodes[2].within.as_ref().unwrap(), "to");
    assert!(matches!(
        graph.nodes[3].args[0],
        ArgValue::Function { params: Some(2), .. }
    ));
    assert_eq!(graph.nodes[3].facts.kind, StreamKind::Records);
}
