use std::time::Duration;

use expect_test::expect;

use super::Replay::{self, Acknowledged, Replayable};
use super::{Delivery, Explain, Guarantee, Input, Level, Operator, Plan, Role, Via};
use crate::settings::{Settings, Trigger};

const fn reads(operator: u32, output: &'static str) -> Input {
    Input { operator, output }
}

const fn operator(
    (name, kind, detail): (&'static str, &'static str, &'static str),
    role: Role,
    stage: u32,
    inputs: &'static [Input],
    line: u32,
) -> Operator {
    Operator {
        name,
        kind,
        role,
        stage,
        inputs,
        detail,
        line,
        counted: false,
        stateful: false,
        fields: &[],
        was: &[],
        reset: None,
    }
}

static REVENUE: Plan = Plan {
    name: "revenue",
    operators: &[
        operator(("orders", "kafka", "\"orders\""), Role::Source, 0, &[], 4),
        operator(
            ("orders.json", "json", "::<Order>"),
            Role::Decode,
            0,
            &[reads(0, "")],
            6,
        ),
        operator(
            ("orders.event_time", "event_time", "max_delay = 30s"),
            Role::Time,
            0,
            &[reads(1, "")],
            7,
        ),
        operator(("totals.key_by", "key_by", ""), Role::Key, 0, &[reads(2, "")], 9),
        operator(
            ("totals.window", "window", "tumbling(1min)"),
            Role::Scope,
            0,
            &[reads(3, "")],
            10,
        ),
        Operator {
            stateful: true,
            fields: &[],
            was: &[],
            reset: None,
            ..operator(("totals", "agg", "Total"), Role::Aggregate, 1, &[reads(4, "")], 11)
        },
        operator(("totals.print", "print", ""), Role::Sink, 1, &[reads(5, "")], 12),
        operator(
            ("totals.late.print", "print", ""),
            Role::Sink,
            0,
            &[reads(5, "late")],
            13,
        ),
        operator(("large", "filter", ""), Role::Record, 0, &[reads(2, "")], 14),
        operator(("both", "union", ""), Role::Shape, 2, &[reads(5, ""), reads(8, "")], 15),
        operator(
            ("both.files", "files", "\"out\" & \"<more>\""),
            Role::Sink,
            2,
            &[reads(9, "")],
            16,
        ),
    ],
};

fn revenue() -> Explain {
    let mut settings = Settings::new("revenue");
    settings.trigger = Trigger::Interval(Duration::from_millis(1500));
    settings.threads = Some(3);
    settings.max_batch_bytes = 1000;
    Explain::new(
        &REVENUE,
        &settings,
        &[("orders", Replayable)],
        &[
            ("totals.print", Delivery::AtLeastOnce),
            ("totals.late.print", Delivery::AtLeastOnce),
            ("both.files", Delivery::Transactional),
        ],
    )
}

#[test]
fn text_names_stages_operators_guarantee_and_settings() {
    expect![[r#"
        pipeline `revenue`

        stage 0
          orders             kafka("orders")
          orders.json        json::<Order>
          orders.event_time  event_time(max_delay = 30s)
          totals.key_by      key_by
          totals.window      window(tumbling(1min))
          totals.late.print  print  <- totals.late
          large              filter  <- orders.event_time

        stage 1: exchange by key from stage 0
          totals             agg(Total)  <- totals.window
          totals.print       print

        stage 2: rows from stage 0 and 1
          both               union  <- totals, large
          both.files         files("out" & "<more>")

        guarantee: best-effort
          - `orders` can be replayed: after a crash it is read again, from what its group has committed (`kafka`) or from its beginning
          - the state of `totals` rests in memory: what batches have left in it is lost when the process ends
          - `totals.print` cannot undo a batch: one that is repeated after a crash is written again
          - `totals.late.print` cannot undo a batch: one that is repeated after a crash is written again
          - `both.files` writes a batch whole or not at all, but does not know the sources' positions: a batch that is repeated after a crash may be written again
          - exactly-once needs a checkpoint of positions and state: `settings(checkpoint = "dir")`

        settings
          trigger              every 1500ms
          threads              3
          key_partitions       16
          max_batch_rows       4000000
          max_batch_bytes      1000 bytes
          max_in_flight_bytes  64MiB
          task_tries           3
          on_panic             fail
          checkpoint           none
          stop_timeout         30s
    "#]].assert_eq(&revenue().text());
    assert_eq!(revenue().to_string(), revenue().text());
}

#[test]
fn mermaid_has_a_subgraph_per_stage_and_escapes_labels() {
    expect![[r#"
        flowchart LR
            subgraph stage0["stage 0"]
                o0(["orders<br/>kafka(#quot;orders#quot;)"])
                o1["orders.json<br/>json::#lt;Order#gt;"]
                o2["orders.event_time<br/>event_time(max_delay = 30s)"]
                o3["totals.key_by<br/>key_by"]
                o4["totals.window<br/>window(tumbling(1min))"]
                o7[("totals.late.print<br/>print")]
                o8["large<br/>filter"]
            end
            subgraph stage1["stage 1"]
                o5[["totals<br/>agg(Total)"]]
                o6[("totals.print<br/>print")]
            end
            subgraph stage2["stage 2"]
                o9["both<br/>union"]
                o10[("both.files<br/>files(#quot;out#quot; #amp; #quot;#lt;more#gt;#quot;)")]
            end
            o0 --> o1
            o1 --> o2
            o2 --> o3
            o3 --> o4
            o4 ==>|"by key"| o5
            o5 --> o6
            o5 -->|"late"| o7
            o2 --> o8
            o5 ==>|"rows"| o9
            o8 ==>|"rows"| o9
            o9 --> o10
    "#]]
    .assert_eq(&revenue().mermaid());
}

#[test]
fn json_has_stable_names() {
    let mut one = revenue();
    one.stages.truncate(1);
    one.stages[0].operators.truncate(1);
    one.edges.truncate(1);
    one.guarantee.reasons.truncate(1);
    one.settings.truncate(1);
    expect![[r#"
        {
          "pipeline": "revenue",
          "stages": [
            {
              "stage": 0,
              "operators": [
                {
                  "id": 0,
                  "name": "orders",
                  "kind": "kafka",
                  "detail": "\"orders\"",
                  "role": "source",
                  "line": 4
                }
              ]
            }
          ],
          "edges": [
            {
              "from": 0,
              "to": 1,
              "output": "",
              "via": "fused"
            }
          ],
          "guarantee": {
            "level": "best_effort",
            "reasons": [
              "`orders` can be replayed: after a crash it is read again, from what its group has committed (`kafka`) or from its beginning"
            ]
          },
          "settings": [
            {
              "name": "trigger",
              "value": "every 1500ms"
            }
          ]
        }"#]]
    .assert_eq(&one.json());
}

#[test]
fn late_records_do_not_cross_the_exchange() {
    let via = |from, to| {
        let explain = revenue();
        explain
            .edges
            .iter()
            .find(|edge| (edge.from, edge.to) == (from, to))
            .map(|edge| edge.via)
    };
    assert_eq!(via(5, 7), Some(Via::Fused));
    assert_eq!(via(4, 5), Some(Via::Exchange));
    assert_eq!(via(8, 9), Some(Via::Rows));
    assert_eq!(via(5, 6), Some(Via::Fused));
    assert_eq!(via(6, 5), None);
}

/// `counted` reads a source, and counts over a scope that outlives a batch or not.
fn counting(stateful: bool) -> Plan {
    let scope = if stateful { "running" } else { "batch" };
    let mut operators = vec![
        operator(("words", "stdin", ""), Role::Source, 0, &[], 1),
        operator(
            ("counted.scope", scope, ""),
            Role::Scope,
            0,
            const { &[reads(0, "")] },
            1,
        ),
        operator(
            ("counted", "count", ""),
            Role::Aggregate,
            1,
            const { &[reads(1, "")] },
            1,
        ),
    ];
    operators[2].stateful = stateful;
    Plan {
        name: "counting",
        operators: operators.leak(),
    }
}

#[test]
fn the_guarantee_follows_from_sources_and_state() {
    let level = |stateful, sources: &[Replay]| {
        let sources: Vec<(&str, Replay)> = sources.iter().map(|replay| ("words", *replay)).collect();
        Guarantee::of(&counting(stateful), &sources, &[("out", Delivery::AtLeastOnce)], false).level
    };
    assert_eq!(level(false, &[Replayable]), Level::AtLeastOnce);
    assert_eq!(level(false, &[Replayable, Acknowledged]), Level::AtLeastOnce);
    assert_eq!(level(false, &[Replay::None]), Level::AtMostOnce);
    assert_eq!(level(false, &[Replay::None, Replayable]), Level::BestEffort);
    assert_eq!(level(true, &[Replayable]), Level::BestEffort);
    assert_eq!(level(true, &[Replay::None]), Level::AtMostOnce);
}

#[test]
fn every_source_state_and_sink_is_a_reason() {
    let reasons = |source, delivery| {
        Guarantee::of(&counting(true), &[("words", source)], &[("out", delivery)], false)
            .reasons
            .join("\n")
    };
    expect![[r#"
        `words` is acknowledged once a batch is written: what was not acknowledged is sent again
        the state of `counted` rests in memory: what batches have left in it is lost when the process ends
        `out` can be given the same batch again, but after a crash batches are cut anew: records may be written again
        exactly-once needs a checkpoint of positions and state: `settings(checkpoint = "dir")`"#]]
    .assert_eq(&reasons(Acknowledged, Delivery::Idempotent));
    expect![[r#"
        `words` cannot be replayed: a crash loses what was read and not yet written
        the state of `counted` rests in memory: what batches have left in it is lost when the process ends
        `out` is never given a batch again: no source repeats one
        exactly-once needs a checkpoint of positions and state: `settings(checkpoint = "dir")`"#]]
    .assert_eq(&reasons(Replay::None, Delivery::AtLeastOnce));
}
