//! What the code emitted by `stream_pipeline!` calls. Not for use by hand: it changes without notice.

// An editor reads another expansion: what the user wrote, in the types of `language`.
#[cfg(rust_analyzer)]
pub use streaming_macros::editor as pipeline;
#[cfg(not(rust_analyzer))]
pub use streaming_macros::pipeline;

pub use std::sync::Arc;
pub use std::time::Duration;

pub use crate::agg::checked::{
    BegunKind, DistinctKind, IndistinctKind, KeptKind, OrderedKind, UnbegunKind, UnkeptDistinctKind, UnkeptKind,
    UnkeptOrderedKind, UnorderedKind, kept,
};
pub use crate::capture::{AlteredKind, CapturedKind, ThreadSafeKind, UnalteredKind};
pub use crate::engine::Topology;
#[cfg(feature = "crash-points")]
pub use crate::faults::{Bug, plant, stop_at};
pub use crate::key::{Hashed, Key};
pub use crate::lend::{Ask, DebugKind, DisplayKind, FarKind, FloatKind, Lent, NearKind, PlainKind, TextKind};
pub use crate::op::SameKey;
pub use crate::op::valued::{ResultKind, ValueKind};
pub use crate::outlet::Outlet;
pub use crate::pipeline::Pipeline;
pub use crate::plan::Role;
pub use crate::settings::{OnPanic, Trigger};
pub use crate::sink::{SinkEdge, SinkMeta};
pub use crate::source::{Meta, Payloads, Records, Source};
pub use crate::stage::{Io, KeyedStage, Rows, RowsStage, SourceStage};
pub use crate::state::exchange::{Append, Exchange, Merge, Reduce};
pub use crate::state::fold::{Parts, fold_with, folded};
pub use crate::state::handler::{Silent, Timed, Untimed, handler, kept_for_keys};
pub use crate::state::scope::{Batch, Running};
pub use crate::task::{FateTable, Fates, Task};
pub use crate::time::{Clock, Shift, Sided, Tumbling};

use crate::plan::{Field, Input, Operator};

/// Where the records of a union wait for the end of a turn of the loop: a place for each input, which has one record at most.
#[inline(always)]
#[must_use]
pub const fn places<T, const N: usize>() -> [Option<T>; N] {
    [const { None }; N]
}

/// What waits in the places, in the order of the inputs.
#[inline(always)]
pub fn given_in<T, const N: usize>(places: [Option<T>; N]) -> impl Iterator<Item = T> {
    places.into_iter().flatten()
}

/// An operator of the plan: as many records leave it as enter.
#[must_use]
pub const fn operator(
    name: &'static str,
    kind: &'static str,
    role: Role,
    stage: u32,
    inputs: &'static [Input],
    detail: &'static str,
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

/// An operator that counts the records that leave it.
#[must_use]
pub const fn counted(
    name: &'static str,
    kind: &'static str,
    role: Role,
    stage: u32,
    inputs: &'static [Input],
    detail: &'static str,
    line: u32,
) -> Operator {
    Operator {
        counted: true,
        ..operator(name, kind, role, stage, inputs, detail, line)
    }
}

/// An operator that counts its records, and holds state that outlives a batch.
#[must_use]
pub const fn stateful(
    name: &'static str,
    kind: &'static str,
    role: Role,
    stage: u32,
    inputs: &'static [Input],
    detail: &'static str,
    line: u32,
) -> Operator {
    Operator {
        stateful: true,
        ..counted(name, kind, role, stage, inputs, detail, line)
    }
}

/// The same operator, an `agg` of these aggregates.
#[must_use]
pub const fn of_fields(operator: Operator, fields: &'static [Field]) -> Operator {
    Operator { fields, ..operator }
}

/// The same operator, which may have had these names.
#[must_use]
pub const fn that_was(operator: Operator, was: &'static [&'static str]) -> Operator {
    Operator { was, ..operator }
}

/// The same operator, whose state begins anew once for this reason.
#[must_use]
pub const fn that_resets(operator: Operator, why: &'static str) -> Operator {
    Operator {
        reset: Some(why),
        ..operator
    }
}

/// An aggregate of an `agg`, by the fields that it is for.
#[must_use]
pub const fn field(names: &'static [&'static str], call: &'static str) -> Field {
    Field { names, call }
}

/// An edge of the plan.
#[must_use]
pub const fn input(operator: u32, output: &'static str) -> Input {
    Input { operator, output }
}

/// What `.reduce(f)` made of the records of a key.
///
/// # Panics
/// Never: a key is there because of a record.
#[must_use]
pub fn reduced<T>(part: Option<T>) -> T {
    part.expect("a key has at least one record")
}

/// A value as a function that is called once: so a result of `.agg(…)` is a call, as it is where the user wrote it.
#[inline(always)]
pub fn given<T>(value: T) -> impl FnOnce() -> T {
    move || value
}

/// A list, in a module without the prelude too.
#[must_use]
pub fn list<T, const N: usize>(items: [T; N]) -> Vec<T> {
    Vec::from(items)
}

/// Rows with their numbers.
#[inline(always)]
pub fn numbered<T>(rows: impl IntoIterator<Item = T>) -> impl Iterator<Item = (usize, T)> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || crate::task::handing(|| rows.next())).enumerate()
}

/// The name of a pipeline.
#[must_use]
pub fn text(text: impl Into<String>) -> String {
    text.into()
}

/// The directory of a checkpoint.
#[must_use]
pub fn directory(directory: impl Into<std::path::PathBuf>) -> Option<std::path::PathBuf> {
    Some(directory.into())
}

/// The pipeline that stands in for one with mistakes: it has no stages, and is never run.
pub fn stub() -> crate::Pipeline<impl crate::Graph> {
    const NOTHING: &crate::plan::Plan = &crate::plan::Plan {
        name: "",
        operators: &[],
    };
    crate::Pipeline::new(NOTHING, crate::Settings::new(""), Vec::new(), (), ())
}
