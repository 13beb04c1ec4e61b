//! Partitions that the group takes away: given back when what was handed out of them is written.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{Consumer, RebalanceProtocol};

use super::call::call;
use super::context::Change;
use super::fetcher::{Fetcher, Told};
use super::offsets::{Place, list};
use super::partition::Partition;
use super::queue::Assigned;
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::trouble::say;

const TARGET: &str = "streaming_runtime::kafka";
const GIVING: &str = "giving partitions back";
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after a broker did not know a topic that is the reason why partitions go.
const DOUBT: Duration = Duration::from_mins(1);

/// What a member does when the group takes partitions away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// How long others wait for a partition.
    pub(super) patience: Duration,
    /// State has been built of these partitions: they cannot go elsewhere.
    pub(super) keeps_state: bool,
    /// What was read counts once: it must not be read by two.
    pub(super) checkpointed: bool,
}

/// Partitions that the group wants back, of which something is not written yet.
#[derive(Debug)]
pub(super) struct Leaving {
    places: Vec<Place>,
    partitions: Vec<Arc<Partition>>,
    since: WallClock,
}

impl Leaving {
    pub(super) fn into_change(self) -> Change {
        Change::Revoke {
            places: self.places,
            lost: false,
        }
    }
}

impl Fetcher {
    /// The group takes partitions away. Nothing more of them is handed out from now on.
    pub(super) fn revoke(&mut self, places: Vec<Place>, lost: bool) -> Result<(), Fault> {
        let ours = |assigned: &Assigned| {
            let partition = &assigned.partition;
            places
                .iter()
                .any(|(topic, id)| *topic == partition.topic && *id == partition.id)
        };
        let gone: Vec<_> = self.assigned.extract_if(.., |assigned| ours(assigned)).collect();
        if lost && self.rules.checkpointed && gone.iter().any(|assigned| !assigned.partition.is_written()) {
            return self.suspend(&places, gone);
        }
        let partitions: Vec<_> = gone.into_iter().map(|assigned| assigned.partition).collect();
        for partition in &partitions {
            partition.leave();
            self.tell(Told::Removed(Arc::clone(partition)));
        }
        let refusal = if lost { None } else { self.refusal(&partitions) };
        let leaving = Leaving {
            places,
            partitions,
            since: WallClock::machine(),
        };
        if lost || refusal.is_some() {
            self.give_back(leaving)?;
        } else {
            self.leaving = Some(leaving);
        }
        refusal.map_or(Ok(()), Err)
    }

    /// The group has forgotten this member while something of its partitions is not written. It joins again by itself; if it gets the partitions back and
    /// nobody has read on, nothing has happened.
    fn suspend(&mut self, places: &[Place], gone: Vec<Assigned>) -> Result<(), Fault> {
        tracing::info!(
            target: TARGET,
            "the group `{}` has forgotten this member, which joins it again: what it is at work on is written if nobody else has got it meanwhile",
            self.beginnings.group
        );
        for assigned in gone {
            assigned.partition.suspend();
            self.suspended.push((assigned.partition, assigned.next));
        }
        self.unassign(places)
    }

    /// The group has said what is this member's, for the first time since it was forgotten.
    ///
    /// # Errors
    /// A message when what it is at work on is no longer its own.
    pub(super) fn regain(&mut self, places: &[Place]) -> Result<HashMap<Place, (Arc<Partition>, i64)>, Fault> {
        if self.suspended.is_empty() {
            return Ok(HashMap::new());
        }
        let Some(committed) = self.committed(places) else {
            return Ok(HashMap::new());
        };
        let mut regained = HashMap::new();
        for (partition, next) in std::mem::take(&mut self.suspended) {
            let place = (partition.topic.clone(), partition.id);
            if places.contains(&place) && partition.is_ours(committed.get(&place)) {
                regained.insert(place, (partition, next));
                continue;
            }
            let open = !partition.is_written();
            partition.revoke();
            self.tell(Told::Removed(Arc::clone(&partition)));
            if open {
                let group = &self.beginnings.group;
                return Err(Fault::passing(format!(
                    "the group `{group}` has given {label} to another member before what was read of it was written, because this one was \
                     not heard of for too long: start the pipeline again; if that happens often, raise `session.timeout.ms` and \
                     `max.poll.interval.ms`",
                    label = partition.label
                )));
            }
        }
        Ok(regained)
    }

    /// Why the source cannot go on without these partitions.
    fn refusal(&self, partitions: &[Arc<Partition>]) -> Option<Fault> {
        let label = &partitions.first()?.label;
        let group = &self.beginnings.group;
        self.rules.keeps_state.then(|| {
            // The client leaves a topic as soon as a broker does not know it, and joins its group again when one does.
            if self.doubted.as_ref().is_some_and(|since| since.elapsed() < DOUBT) {
                return Fault::passing(format!(
                    "the brokers did not know topic `{}`, so that the group `{group}` takes {label} away, but a pipeline that keeps state must read all \
                     partitions: start the pipeline again",
                    partitions.first().map_or("", |partition| &partition.topic)
                ));
            }
            Fault::permanent(format!(
                "the group `{group}` gives {label} to another member, but a pipeline that keeps state must read all partitions: run one \
                 instance per group, or name another `.group(…)`"
            ))
        })
    }

    /// Gives partitions back as soon as all that was handed out of them is written; false while that is not so.
    pub(super) fn are_handed_over(&mut self) -> Result<bool, Fault> {
        let patience = self.rules.patience;
        let due = |leaving: &mut Leaving| {
            let open = leaving.partitions.iter().find(|partition| !partition.is_written());
            let late = leaving.since.elapsed() > patience;
            if let Some(partition) = open.filter(|_| late) {
                let waited = patience.as_millis();
                let label = &partition.label;
                tracing::warn!(target: TARGET, "what was read of {label} is not written after {waited} ms, and others wait for it: it is read again there");
            }
            open.is_none() || late
        };
        if let Some(leaving) = self.leaving.take_if(due) {
            self.give_back(leaving)?;
        }
        Ok(self.leaving.is_none())
    }

    fn give_back(&mut self, leaving: Leaving) -> Result<(), Fault> {
        self.beginnings.accompanied = true;
        for partition in leaving.partitions {
            partition.revoke();
            if self.rules.checkpointed {
                self.beginnings
                    .wrote(&partition.label, partition.written(), partition.note.topic);
            }
        }
        self.unassign(&leaving.places)
    }

    fn unassign(&self, places: &[Place]) -> Result<(), Fault> {
        let result = list(places, Offset::Invalid).and_then(|list| {
            call(&self.consumer, GIVING, PATIENCE, move |consumer| {
                match consumer.rebalance_protocol() {
                    RebalanceProtocol::Cooperative => consumer.incremental_unassign(&list),
                    _ => consumer.unassign(),
                }
            })
        });
        result.map_err(|e| Fault::of(&e, format!("cannot give partitions back to the group: {}", say(&e))))
    }
}
