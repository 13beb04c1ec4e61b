//! What a pipeline waits for: whoever may be kept waiting says so, and a thread of its own tells of what takes long.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::WallClock;
use crate::error::SinkStep;
use crate::plan::{Plan, Role};
use crate::progress::{tell, warn};

/// Waiting at start and at the end is told of after this.
const SOON: Duration = Duration::from_millis(1_500);
/// Waiting between two batches is told of after this: within ten seconds.
const LONG: Duration = Duration::from_secs(8);
/// And then again and again.
const AGAIN: Duration = Duration::from_secs(30);
/// How often somebody looks.
pub(crate) const LOOK: Duration = Duration::from_millis(500);
/// How many waits an error names.
const NAMED: usize = 3;
/// How many operators of a loop are named.
const MOST_OPERATORS: usize = 6;

/// What may take long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// A sink is asked to do this.
    Sink {
        sink: &'static str,
        step: SinkStep,
    },
    /// The sources of a stage are opened, or closed.
    OpenSource(u32),
    CloseSource(u32),
    /// Sources put the positions of a batch into a transaction.
    Enlist(u64),
    /// The checkpoint is opened and read.
    Recover,
    /// The journal makes a batch durable.
    Decide(u64),
    /// The checkpoint is closed.
    CloseCheckpoint,
    /// The closures of a stage work on a chunk of that partition.
    Chunk {
        stage: u32,
        partition: String,
    },
    /// What came is merged, windows are closed, closures run over the results.
    Close(u64),
    /// A listener is told of a batch.
    Listener(u64),
    /// What a source or a sink waits for within one of the above, in its own words.
    #[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "for brokers alone"))]
    For(String),
}

impl Act {
    /// How long it may take before a person hears of it.
    fn patience(&self) -> Duration {
        match self {
            Self::OpenSource(_) | Self::CloseSource(_) | Self::Recover | Self::CloseCheckpoint | Self::For(_) => SOON,
            Self::Sink { step, .. } => match step {
                SinkStep::Open | SinkStep::Decided | SinkStep::Resume(_) | SinkStep::Close => SOON,
                SinkStep::Prepare(_) | SinkStep::Commit(_) | SinkStep::Abort(_) => LONG,
            },
            Self::Enlist(_) | Self::Decide(_) | Self::Chunk { .. } | Self::Close(_) | Self::Listener(_) => LONG,
        }
    }
}

/// An act with the names of the plan.
struct Named<'a>(&'a Act, &'a Plan);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(act, plan) = *self;
        match act {
            Act::Sink { sink, step } => write!(f, "sink `{sink}` to {step}"),
            Act::OpenSource(stage) => write!(f, "source {} to open", names(plan, *stage, |role| role == Role::Source)),
            Act::CloseSource(stage) => write!(
                f,
                "source {} to close",
                names(plan, *stage, |role| role == Role::Source)
            ),
            Act::Enlist(batch) => write!(f, "the positions of batch {batch} to enter the transaction"),
            Act::Recover => f.write_str("the checkpoint to be read"),
            Act::Decide(batch) => write!(f, "the journal of the checkpoint to make batch {batch} durable"),
            Act::CloseCheckpoint => f.write_str("the checkpoint to close"),
            Act::Chunk { stage, partition } => {
                let loops = names(plan, *stage, |role| {
                    matches!(role, Role::Decode | Role::Record | Role::Shape | Role::Time | Role::Key)
                });
                write!(f, "a closure of {loops} that works on records of `{partition}`")
            }
            Act::Close(batch) => write!(f, "batch {batch} to close: its results, and the closures behind them"),
            Act::Listener(batch) => write!(f, "a listener that is told of batch {batch}"),
            Act::For(what) => f.write_str(what),
        }
    }
}

/// The operators of a stage with these roles.
fn names(plan: &Plan, stage: u32, wanted: impl Fn(Role) -> bool) -> String {
    let of_stage = plan
        .operators
        .iter()
        .filter(|operator| operator.stage == stage && wanted(operator.role));
    let mut names: Vec<String> = of_stage
        .map(|operator| format!("`{}` ({}, line {})", operator.name, operator.kind, operator.line))
        .collect();
    if names.len() > MOST_OPERATORS {
        names.truncate(MOST_OPERATORS);
        names.push("others".to_owned());
    }
    names.join(" or ")
}

/// Everything that a pipeline waits for at present.
#[derive(Debug)]
pub(crate) struct Board {
    pipeline: String,
    plan: &'static Plan,
    time: WallClock,
    doing: Mutex<Vec<Option<Doing>>>,
}

#[derive(Debug)]
struct Doing {
    act: Act,
    since: Duration,
    /// When a person was told of it last.
    told: Option<Duration>,
}

/// As long as this is held, the pipeline is at it.
#[derive(Debug)]
#[must_use = "what is dropped at once is not waited for"]
pub(crate) struct At {
    board: Option<Arc<Board>>,
    place: usize,
}

impl Board {
    pub(crate) fn new(pipeline: &str, plan: &'static Plan) -> Arc<Self> {
        Arc::new(Self {
            pipeline: pipeline.to_owned(),
            plan,
            time: WallClock::machine(),
            doing: Mutex::default(),
        })
    }

    fn doing(&self) -> MutexGuard<'_, Vec<Option<Doing>>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pipeline is at this from now on, until what is returned is dropped.
    pub(crate) fn at(self: &Arc<Self>, act: Act) -> At {
        self.at_since(act, self.time.elapsed())
    }

    fn at_since(self: &Arc<Self>, act: Act, since: Duration) -> At {
        let entry = Some(Doing { act, since, told: None });
        let mut doing = self.doing();
        let free = doing.iter().position(Option::is_none);
        let place = free.unwrap_or(doing.len());
        match doing.get_mut(place) {
            Some(slot) => *slot = entry,
            None => doing.push(entry),
        }
        At {
            board: Some(Arc::clone(self)),
            place,
        }
    }

    /// Tells a person of what takes long.
    pub(crate) fn look(&self) {
        for (is_detail, text) in self.long(self.time.elapsed()) {
            // What it is a detail of is told of as well, or is nothing to worry about.
            if is_detail {
                tell(&self.pipeline, &text);
            } else {
                warn(&self.pipeline, &text);
            }
        }
    }

    /// What takes long, and was not told of lately; and whether it is a detail of something else.
    fn long(&self, now: Duration) -> Vec<(bool, String)> {
        let mut found = Vec::new();
        for doing in self.doing().iter_mut().flatten() {
            let due = doing
                .told
                .map_or(doing.since + doing.act.patience(), |told| told + AGAIN);
            if now >= due {
                doing.told = Some(now);
                let text = format!(
                    "waiting for {}, {}",
                    Named(&doing.act, self.plan),
                    lasted(now.saturating_sub(doing.since))
                );
                found.push((matches!(doing.act, Act::For(_)), text));
            }
        }
        found
    }

    /// What the pipeline waits for, the longest first.
    pub(crate) fn waits(&self) -> String {
        let now = self.time.elapsed();
        let doing = self.doing();
        let mut all: Vec<&Doing> = doing.iter().flatten().collect();
        all.sort_by_key(|doing| doing.since);
        let more = all.len().saturating_sub(NAMED);
        let named = all.iter().take(NAMED);
        let mut texts: Vec<String> = named
            .map(|doing| {
                format!(
                    "{}, {}",
                    Named(&doing.act, self.plan),
                    lasted(now.saturating_sub(doing.since))
                )
            })
            .collect();
        if more > 0 {
            texts.push(format!("{more} more"));
        }
        if texts.is_empty() {
            "nothing that is known".to_owned()
        } else {
            texts.join("; ")
        }
    }
}

fn lasted(span: Duration) -> String {
    match span.as_secs() {
        0 | 1 => format!("for {:.1} s", span.as_secs_f64()),
        seconds => format!("for {seconds} s"),
    }
}

impl At {
    /// Where nobody looks.
    pub(crate) fn nowhere() -> Self {
        Self { board: None, place: 0 }
    }
}

impl Drop for At {
    fn drop(&mut self) {
        let Some(board) = &self.board else { return };
        let done = board.doing()[self.place].take();
        if let Some(Doing {
            act,
            since,
            told: Some(_),
        }) = done
        {
            let took = board.time.elapsed().saturating_sub(since);
            tell(
                &board.pipeline,
                &format!("no longer waiting for {}, {}", Named(&act, board.plan), lasted(took)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Operator;

    static PLAN: Plan = Plan {
        name: "orders",
        operators: &[
            operator("orders", "kafka", Role::Source),
            operator("orders.json", "json", Role::Decode),
        ],
    };

    const fn operator(name: &'static str, kind: &'static str, role: Role) -> Operator {
        Operator {
            name,
            kind,
            role,
            stage: 0,
            inputs: &[],
            detail: "",
            line: 3,
            counted: false,
            stateful: false,
            fields: &[],
            was: &[],
            reset: None,
        }
    }

    #[test]
    fn what_takes_long_is_told_of_in_time_and_again() {
        let board = Board::new("orders", &PLAN);
        let commit = board.at_since(
            Act::Sink {
                sink: "totals.kafka",
                step: SinkStep::Commit(7),
            },
            Duration::ZERO,
        );
        let open = board.at_since(Act::OpenSource(0), Duration::ZERO);
        let told = |seconds: u64| {
            let long = board.long(Duration::from_secs(seconds)).into_iter();
            long.map(|(is_detail, text)| {
                assert!(!is_detail);
                text
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(told(1), [""; 0]);
        assert_eq!(
            told(3),
            ["waiting for source `orders` (kafka, line 3) to open, for 3 s"]
        );
        drop(open);
        assert_eq!(told(9), ["waiting for sink `totals.kafka` to commit batch 7, for 9 s"]);
        assert_eq!(told(38), [""; 0]);
        assert_eq!(
            told(39),
            ["waiting for sink `totals.kafka` to commit batch 7, for 39 s"]
        );
        drop(commit);
        assert_eq!(told(80), [""; 0]);
        assert_eq!(board.waits(), "nothing that is known");
    }

    #[test]
    fn what_has_lasted_longest_is_named_first() {
        let board = Board::new("orders", &PLAN);
        let _acts: Vec<At> = (0..5).map(|batch| board.at(Act::Decide(batch))).collect();
        let waits = board.waits();
        assert!(
            waits.starts_with("the journal of the checkpoint to make batch 0 durable, for 0.0 s; "),
            "{waits}"
        );
        assert!(waits.ends_with("; 2 more"), "{waits}");
    }
}
