use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::{Delivery, Guarantee, Operator, Plan, Replay, Role};
use crate::settings::{OnPanic, Settings, Trigger};

/// What a pipeline will do, known without running anything: what `explain()` returns.
///
/// Shown as [text](Self::text) (also by `Display`), as a [Mermaid](Self::mermaid) flowchart, and as [JSON](Self::json),
/// whose field names are those of this struct and stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explain {
    /// Name of the pipeline.
    pub pipeline: String,
    /// Stages in the order in which a batch passes them. Each is one loop: its operators are fused.
    pub stages: Vec<StageInfo>,
    /// What each operator reads, in the order of the operators that read.
    pub edges: Vec<Edge>,
    /// What is promised of the records when the process dies.
    pub guarantee: Guarantee,
    /// The settings in force, by name.
    pub settings: Vec<SettingInfo>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StageInfo {
    /// Number of the stage.
    pub stage: u32,
    /// Its operators, in fused order.
    pub operators: Vec<OperatorInfo>,
}

/// One operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperatorInfo {
    /// Number of the operator, which [edges](Edge) refer to.
    pub id: u32,
    /// Its name in metrics and checkpoints.
    pub name: String,
    /// As the user wrote it: `window`.
    pub kind: String,
    /// Its arguments, as far as they say something: `tumbling(1min)`; may be empty.
    pub detail: String,
    /// What it is for.
    pub role: Role,
    /// Line of the source file it was written on; 0 where unknown.
    pub line: u32,
}

/// One operator reading another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edge {
    /// Number of the operator upstream.
    pub from: u32,
    /// Number of the operator that reads.
    pub to: u32,
    /// Which output of the operator upstream: empty for the stream itself, else `late`, `errors`, or the number of a part.
    pub output: String,
    /// How records get there.
    pub via: Via,
}

/// How records get from one operator to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Via {
    /// Within one loop: nothing is stored in between.
    Fused,
    /// Combined by key, cut into key partitions, merged when the batch closes.
    Exchange,
    /// Gathered as rows, handed on when the batch closes.
    Rows,
    /// Staged for a sink of several stages.
    Staged,
}

/// One setting in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SettingInfo {
    /// Its name, as in `settings(…)`.
    pub name: String,
    /// Its value, for a person.
    pub value: String,
}

impl Explain {
    /// Explains `plan` under `settings`, with its sources and sinks given by name.
    pub(crate) fn new(
        plan: &Plan,
        settings: &Settings,
        sources: &[(&str, Replay)],
        sinks: &[(&str, Delivery)],
    ) -> Self {
        Self {
            pipeline: settings.name.clone(),
            stages: stages(plan),
            edges: edges(plan),
            guarantee: Guarantee::of(plan, sources, sinks, settings.checkpoint.is_some()),
            settings: in_force(settings),
        }
    }

    /// The plan for a person: stages with their operators, the guarantee with its reasons, the settings.
    #[must_use]
    pub fn text(&self) -> String {
        super::text::text(self)
    }

    /// The plan as a Mermaid flowchart, one subgraph per stage: what Markdown viewers draw in a ` ```mermaid ` block.
    #[must_use]
    pub fn mermaid(&self) -> String {
        super::mermaid::mermaid(self)
    }

    /// The plan as JSON, indented.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "texts and numbers always serialise")]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers serialise")
    }
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl OperatorInfo {
    /// The call as the user wrote it, more or less: `window(tumbling(1min))`, `json::<Order>`.
    pub(super) fn call(&self) -> String {
        match self.detail.as_str() {
            "" => self.kind.clone(),
            turbofish if turbofish.starts_with("::") => format!("{}{turbofish}", self.kind),
            detail => format!("{}({detail})", self.kind),
        }
    }
}

fn numbered(plan: &Plan) -> impl Iterator<Item = (u32, &Operator)> {
    (0u32..).zip(plan.operators)
}

fn stages(plan: &Plan) -> Vec<StageInfo> {
    let mut numbers: Vec<u32> = plan.operators.iter().map(|operator| operator.stage).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let operators = |stage| {
        numbered(plan)
            .filter(|(_, operator)| operator.stage == stage)
            .map(|(id, operator)| OperatorInfo {
                id,
                name: operator.name.to_owned(),
                kind: operator.kind.to_owned(),
                detail: operator.detail.to_owned(),
                role: operator.role,
                line: operator.line,
            })
            .collect()
    };
    numbers
        .iter()
        .map(|&stage| StageInfo {
            stage,
            operators: operators(stage),
        })
        .collect()
}

fn edges(plan: &Plan) -> Vec<Edge> {
    numbered(plan)
        .flat_map(|(to, operator)| operator.inputs.iter().map(move |input| (to, operator, input)))
        .map(|(to, operator, input)| Edge {
            from: input.operator,
            to,
            output: input.output.to_owned(),
            via: via(&plan.operators[input.operator as usize], operator),
        })
        .collect()
}

fn via(from: &Operator, to: &Operator) -> Via {
    match (from.role, to.role) {
        // Late records never cross the exchange: they are read in the loop that finds them late.
        _ if to.stage <= from.stage => Via::Fused,
        (Role::Key | Role::Scope, _) | (_, Role::Aggregate) => Via::Exchange,
        (_, Role::Sink) => Via::Staged,
        _ => Via::Rows,
    }
}

/// The settings by name. A new setting does not compile until it is listed here.
fn in_force(settings: &Settings) -> Vec<SettingInfo> {
    let Settings {
        name: _,
        fresh: _,
        forget: _,
        drained: _,
        reset_watermark: _,
        trigger,
        threads,
        key_partitions,
        max_batch_rows,
        max_batch_bytes,
        max_in_flight_bytes,
        task_tries,
        on_panic,
        checkpoint,
        stop_timeout,
        exactly_once: _,
    } = settings;
    let checkpoint = checkpoint
        .as_ref()
        .map_or_else(|| "none".to_owned(), |directory| directory.display().to_string());
    let on_panic = match on_panic {
        OnPanic::Fail => "fail",
        OnPanic::Skip => "skip",
        OnPanic::DeadLetter => "dead_letter",
    };
    let trigger = match trigger {
        Trigger::Interval(every) => format!("every {}", duration(*every)),
        Trigger::Asap => "as soon as something has arrived".to_owned(),
        Trigger::AvailableNow => "all that is there now, then end".to_owned(),
    };
    let threads = threads.map_or_else(|| "one per core".to_owned(), |n| n.to_string());
    [
        ("trigger", trigger),
        ("threads", threads),
        ("key_partitions", key_partitions.to_string()),
        ("max_batch_rows", max_batch_rows.to_string()),
        ("max_batch_bytes", bytes(*max_batch_bytes)),
        ("max_in_flight_bytes", bytes(*max_in_flight_bytes)),
        ("task_tries", task_tries.to_string()),
        ("on_panic", on_panic.to_owned()),
        ("checkpoint", checkpoint),
        ("stop_timeout", duration(*stop_timeout)),
    ]
    .map(|(name, value)| SettingInfo {
        name: name.to_owned(),
        value,
    })
    .into()
}

/// A duration in the units of the language: `1s`, `500ms`, `15min`.
fn duration(span: Duration) -> String {
    let millis = span.as_millis();
    match [(3_600_000, "h"), (60_000, "min"), (1_000, "s")]
        .into_iter()
        .find(|(unit, _)| millis >= *unit && millis.is_multiple_of(*unit))
    {
        Some((unit, name)) => format!("{}{name}", millis / unit),
        None => format!("{millis}ms"),
    }
}

/// A size in the units of the language: `64MiB`.
fn bytes(size: u64) -> String {
    match [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|(shift, _)| size >= 1 << shift && size.trailing_zeros() >= *shift)
    {
        Some((shift, name)) => format!("{}{name}", size >> shift),
        None => format!("{size} bytes"),
    }
}
