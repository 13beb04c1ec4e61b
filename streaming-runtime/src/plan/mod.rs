//! The plan of a pipeline: what the macro knew, as a constant, and what `explain()` shows of it.

mod explain;
mod guarantee;
mod mermaid;
mod promise;
mod text;

pub use explain::{Edge, Explain, OperatorInfo, SettingInfo, StageInfo, Via};
pub use guarantee::{Guarantee, Level};
pub use promise::{Delivery, Replay};

/// A pipeline as the macro saw it.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Name of the pipeline: of the function, of the setting, or `pipeline`.
    pub name: &'static str,
    /// Operators in dependency order; an operator's number is its place here.
    pub operators: &'static [Operator],
}

/// One operator of a [`Plan`].
#[derive(Debug, Clone, Copy)]
pub struct Operator {
    /// Its id in metrics and checkpoints: `orders`, `orders.json`, `totals`.
    pub name: &'static str,
    /// As the user wrote it: `kafka`, `filter`, `window`.
    pub kind: &'static str,
    /// What it is for.
    pub role: Role,
    /// The stage whose loop it runs in.
    pub stage: u32,
    /// Operators it reads, with the output that it reads.
    pub inputs: &'static [Input],
    /// Its arguments, as far as they say something to a person: `tumbling(1min)`.
    pub detail: &'static str,
    /// Line of the source file it was written on.
    pub line: u32,
    /// The records that leave it are counted where the pipeline runs. Of others as many leave as enter.
    pub counted: bool,
    /// It holds state that outlives a batch.
    pub stateful: bool,
    /// The aggregates of an `agg`, in the order of its state.
    pub fields: &'static [Field],
    /// Names that it had: what a checkpoint has under one of them is its own.
    pub was: &'static [&'static str],
    /// Why its state begins anew, where it is to do so once.
    pub reset: Option<&'static str>,
}

/// An aggregate of an `agg`.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The fields of the record that it is for: several where the same aggregate is written in several.
    pub names: &'static [&'static str],
    /// As the user wrote it: `max(|o| o.cents)`.
    pub call: &'static str,
}

/// An edge of a [`Plan`].
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Number of the operator upstream.
    pub operator: u32,
    /// `""` for the stream itself, else `late`, `errors`, or the number of a part.
    pub output: &'static str,
}

/// What an operator is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads records.
    Source,
    /// Turns bytes into records.
    Decode,
    /// Works on one record at a time.
    Record,
    /// Splits or unites streams.
    Shape,
    /// Says when records happened.
    Time,
    /// Says which records belong together.
    Key,
    /// Says over what is aggregated.
    Scope,
    /// Aggregates, or joins: stands behind an exchange, and is the place of state.
    Aggregate,
    /// Writes records.
    Sink,
}

#[cfg(test)]
mod tests;

impl Operator {
    /// Other names under which a checkpoint may have it, the likeliest first: where the stream goes on after an operator, the name of the
    /// stream is that of another one, so that what is `totals.sum` now was `totals` when the stream ended with it, and the other way round.
    pub(crate) fn other_names(&self) -> Vec<String> {
        if !self.stateful && self.role != Role::Time {
            return Vec::new();
        }
        let other = |name: &&str| match bare(name, self.kind) {
            Some(bare) => bare.to_owned(),
            None => format!("{name}.{}", self.kind),
        };
        self.was.iter().chain([&self.name]).map(other).collect()
    }
}

/// The name of the stream in `totals.sum` or, where it is the second one of the stream, in `totals.sum.2`.
fn bare<'n>(name: &'n str, kind: &str) -> Option<&'n str> {
    let numbered = |(_, number): &(&str, &str)| number.bytes().all(|digit| digit.is_ascii_digit());
    let name = name.rsplit_once('.').filter(numbered).map_or(name, |(name, _)| name);
    name.strip_suffix(kind)?.strip_suffix('.')
}

impl Plan {
    /// What an operator of this role is called now that a checkpoint has under this name.
    pub(crate) fn called_now(&self, role: Role, name: &str) -> Option<&'static str> {
        let all = || self.operators.iter().filter(|operator| operator.role == role);
        if all().any(|operator| operator.name == name) {
            return None;
        }
        let was = all().find(|operator| operator.was.contains(&name));
        let other = || all().find(|operator| operator.other_names().iter().any(|other| other == name));
        was.or_else(other).map(|operator| operator.name)
    }

    /// How many stages there are. They are numbered from 0.
    pub(crate) fn stages(&self) -> u32 {
        self.operators
            .iter()
            .map(|operator| operator.stage + 1)
            .max()
            .unwrap_or(0)
    }

    /// The operator whose state a stage holds.
    pub(crate) fn state_of(&self, stage: u32) -> Option<&'static Operator> {
        let of_stage = |operator: &&Operator| operator.stage == stage && operator.role == Role::Aggregate;
        self.operators.iter().find(of_stage)
    }

    /// The source of that name.
    pub(crate) fn source(&self, name: &str) -> Option<&'static Operator> {
        let is = |operator: &&Operator| operator.role == Role::Source && operator.name == name;
        self.operators.iter().find(is)
    }

    /// Fills in the rows of the operators that are not counted where the pipeline runs: as many leave them as enter.
    pub(crate) fn complete(&self, rows: &mut [u64]) {
        for (at, operator) in self.operators.iter().enumerate() {
            if let [input] = operator.inputs
                && !operator.counted
            {
                rows[at] = rows[input.operator as usize];
            }
        }
    }
}
