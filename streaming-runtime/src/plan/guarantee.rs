use serde::Serialize;

use super::{Delivery, Plan, Replay};

/// What a pipeline promises of its records when the process dies, and why.
///
/// While the process lives, every record counts exactly once: a batch is written whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Guarantee {
    /// The promise.
    pub level: Level,
    /// One sentence per source, state and sink that the promise follows from.
    pub reasons: Vec<String>,
}

/// The promises, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// Every record counts once, whatever dies in between. Needs a [checkpoint](crate::Pipeline::checkpoint).
    ExactlyOnce,
    /// No record is lost; the last batch may be written twice.
    AtLeastOnce,
    /// No record is written twice; those of the open batch, and open windows, may be lost.
    AtMostOnce,
    /// Records may be lost or written twice.
    BestEffort,
}

impl Level {
    /// The usual name: `at-least-once`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExactlyOnce => "exactly-once",
            Self::AtLeastOnce => "at-least-once",
            Self::AtMostOnce => "at-most-once",
            Self::BestEffort => "best-effort",
        }
    }

    fn of(repeats: bool, loses: bool) -> Self {
        match (repeats, loses) {
            (false, false) => Self::ExactlyOnce,
            (true, false) => Self::AtLeastOnce,
            (false, true) => Self::AtMostOnce,
            (true, true) => Self::BestEffort,
        }
    }
}

impl Guarantee {
    /// The promise of `plan`, whose sources and sinks are given by name with what they can do.
    pub(crate) fn of(plan: &Plan, sources: &[(&str, Replay)], sinks: &[(&str, Delivery)], checkpoint: bool) -> Self {
        if checkpoint {
            Self::with_checkpoint(plan, sources, sinks)
        } else {
            Self::without(plan, sources, sinks)
        }
    }

    fn with_checkpoint(plan: &Plan, sources: &[(&str, Replay)], sinks: &[(&str, Delivery)]) -> Self {
        let read = |wanted: Replay| sources.iter().any(|(_, replay)| *replay == wanted);
        let written = |wanted: Delivery| sinks.iter().any(|(_, delivery)| *delivery == wanted);
        let level = Level::of(
            read(Replay::Acknowledged) || written(Delivery::AtLeastOnce),
            read(Replay::None) || written(Delivery::InMemory),
        );
        let reasons = sources
            .iter()
            .map(|(name, replay)| kept_source(name, *replay))
            .chain(states(plan).iter().map(|name| {
                format!("the state of `{name}` is written to the checkpoint with every batch that changes it")
            }))
            .chain(sinks.iter().map(|(name, delivery)| kept_sink(name, *delivery)))
            .collect();
        Self { level, reasons }
    }

    fn without(plan: &Plan, sources: &[(&str, Replay)], sinks: &[(&str, Delivery)]) -> Self {
        let states = states(plan);
        let repeats = sources.iter().any(|(_, replay)| *replay != Replay::None);
        let loses = sources.iter().any(|(_, replay)| *replay == Replay::None) || !states.is_empty();
        let level = match (repeats, loses) {
            (false, _) => Level::AtMostOnce,
            (repeats, loses) => Level::of(repeats, loses),
        };
        let reasons = sources
            .iter()
            .map(|(name, replay)| of_source(name, *replay))
            .chain(states.iter().map(|name| of_state(name)))
            .chain(sinks.iter().map(|(name, delivery)| of_sink(name, *delivery, repeats)))
            .chain([
                "exactly-once needs a checkpoint of positions and state: `settings(checkpoint = \"dir\")`".to_owned(),
            ])
            .collect();
        Self { level, reasons }
    }
}

fn kept_source(name: &str, replay: Replay) -> String {
    match replay {
        Replay::Replayable => {
            format!("`{name}` can be replayed: after a crash it is read on from where the checkpoint is")
        }
        Replay::Acknowledged => format!(
            "`{name}` is acknowledged once a batch is written: what was written and not yet acknowledged is sent again"
        ),
        Replay::None => format!("`{name}` cannot be replayed: a crash loses what was read and not yet written"),
    }
}

fn kept_sink(name: &str, delivery: Delivery) -> String {
    match delivery {
        Delivery::Transactional => {
            format!("`{name}` makes a batch durable before it is decided, and visible afterwards: once")
        }
        Delivery::Deciding => {
            format!(
                "`{name}` writes a batch in one transaction with the positions of its sources: whole, once, or not at all"
            )
        }
        Delivery::Idempotent => format!(
            "`{name}` can be given the same batch again: the journal keeps what it is given until it is written"
        ),
        Delivery::AtLeastOnce => format!(
            "`{name}` cannot tell whether it has written a batch: the journal keeps it, and after a crash it may be written again"
        ),
        Delivery::InMemory => format!("`{name}` is a list in memory: it is gone with the process"),
    }
}

fn of_source(name: &str, replay: Replay) -> String {
    match replay {
        Replay::Replayable => {
            format!(
                "`{name}` can be replayed: after a crash it is read again, from what its group has committed (`kafka`) or from \
                 its beginning"
            )
        }
        Replay::Acknowledged => {
            format!("`{name}` is acknowledged once a batch is written: what was not acknowledged is sent again")
        }
        Replay::None => format!("`{name}` cannot be replayed: a crash loses what was read and not yet written"),
    }
}

fn of_state(name: &str) -> String {
    format!("the state of `{name}` rests in memory: what batches have left in it is lost when the process ends")
}

fn of_sink(name: &str, delivery: Delivery, repeats: bool) -> String {
    match delivery {
        _ if !repeats => format!("`{name}` is never given a batch again: no source repeats one"),
        Delivery::Transactional => format!(
            "`{name}` writes a batch whole or not at all, but does not know the sources' positions: a batch that is \
             repeated after a crash may be written again"
        ),
        Delivery::Idempotent => format!(
            "`{name}` can be given the same batch again, but after a crash batches are cut anew: records may be written \
             again"
        ),
        Delivery::Deciding | Delivery::AtLeastOnce => {
            format!("`{name}` cannot undo a batch: one that is repeated after a crash is written again")
        }
        Delivery::InMemory => format!("`{name}` is a list in memory: it is gone with the process"),
    }
}

/// The operators whose state outlives a batch.
fn states(plan: &Plan) -> Vec<&'static str> {
    let stateful = plan.operators.iter().filter(|operator| operator.stateful);
    stateful.map(|operator| operator.name).collect()
}
