//! The fetcher: one thread that owns the membership in the group and the queues of its partitions.
//!
//! It polls the main queue at least every [`SERVE_EVERY`], also while it may not fetch, so that a pipeline that is slow stays in its
//! group; and it makes chunks of what librdkafka has received. It sleeps until one of the queues has something or the source has room.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer, RebalanceProtocol};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::begin::{Beginnings, Begun, Unanswered, renewed};
use super::call::call;
use super::chunk::KafkaChunk;
use super::commit::{commit, offsets};
use super::context::{Change, Context, give_up};
use super::fill::{Filled, Limits, fill};
use super::leaving::{Leaving, Rules};
use super::note::Note;
use super::offsets::{Place, at, committed, list};
use super::partition::Partition;
use super::queue::{Assigned, Queues};
use super::shared::Shared;
use super::turns;
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::limit::{FAREWELL, within};
use crate::kafka::trouble::{is_final, say};
use crate::run::{Act, At};

const SERVE_EVERY: Duration = Duration::from_millis(100);
/// How often a partition is looked at whether it says that it has something or not.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the main queue is polled at once, at most: the rest is for the next time.
const POLLS: usize = 4096;
/// How long a call that asks nobody may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often an assignment is asked about, about a second apart, when the brokers' answers do not fit it.
const ATTEMPTS: usize = 30;
/// How often the consumer is polled, for 10 ms each, before the group is taken to be left although chunks are still held.
const LEAVING_POLLS: usize = 50;

/// What the fetcher tells the source.
pub(super) enum Told {
    Added(Arc<Partition>),
    /// Where reading begins.
    Begun(Arc<Partition>, i64),
    Removed(Arc<Partition>),
    Chunk(Arc<Partition>, KafkaChunk, Filled),
    CaughtUp(Arc<Partition>),
    Ended,
    Failed(Fault),
}

pub(super) struct Fetcher {
    pub(super) consumer: Arc<BaseConsumer<Context>>,
    pub(super) shared: Arc<Shared>,
    pub(super) told: UnboundedSender<Told>,
    pub(super) limits: Limits,
    pub(super) beginnings: Beginnings,
    /// Where every partition ends for a run that ends; `None` for one that does not.
    pub(super) ends: Option<HashMap<Place, i64>>,
    pub(super) assigned: Vec<Assigned>,
    pub(super) queues: Queues,
    /// Since all partitions were looked at.
    pub(super) looked: WallClock,
    /// Connections that ended before the broker knew who comes, since something was read.
    pub(super) handshakes: u32,
    /// Why the topics may be gone, until the brokers have been asked.
    pub(super) doubt: Option<String>,
    /// Since a broker last did not know a topic.
    pub(super) doubted: Option<WallClock>,
    /// What the group asks for and has not been answered yet.
    pub(super) changes: VecDeque<Change>,
    /// What the group takes away and is not free yet.
    pub(super) leaving: Option<Leaving>,
    /// Partitions of which it is open whether they are still ours, with the offsets at which they are read on.
    pub(super) suspended: Vec<(Arc<Partition>, i64)>,
    pub(super) rules: Rules,
    pub(super) numbers: u32,
    /// Until the group has said what is ours, if only that nothing is.
    pub(super) joining: Option<At>,
    pub(super) ended: bool,
    /// Dropped when the group is left.
    pub(super) left: oneshot::Sender<()>,
}

impl Fetcher {
    /// Fetches until the source is closed or something fails for good, and leaves the group.
    pub(super) fn run(mut self) {
        if let Err(fault) = self.fetch_until_stopped() {
            self.tell(Told::Failed(fault));
        }
        self.leave();
    }

    fn fetch_until_stopped(&mut self) -> Result<(), Fault> {
        while !self.shared.is_stopped() {
            self.serve()?;
            self.end();
            self.look()?;
            if !self.fetch()? {
                std::thread::park_timeout(SERVE_EVERY);
            }
        }
        Ok(())
    }

    /// Looks at all partitions every so often, so that none is silent for ever, whatever becomes of a callback; and whether they are still there, where
    /// that is in doubt.
    fn look(&mut self) -> Result<(), Fault> {
        if self.looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = WallClock::machine();
        for assigned in &self.assigned {
            assigned.ready.store(true, Ordering::Release);
        }
        self.doubt.take().map_or(Ok(()), |why| self.missing(&why))
    }

    pub(super) fn tell(&self, told: Told) {
        // Nobody listens any more when the source is dropped; it has then told this thread to stop.
        let _ = self.told.send(told);
    }

    /// Serves the main queue: rebalances, errors, logs.
    fn serve(&mut self) -> Result<(), Fault> {
        self.drain()?;
        self.changes.extend(self.consumer.context().take_changes());
        // One after another: the next is answered when the partitions that this one takes away are free.
        while self.are_handed_over()? {
            match self.changes.pop_front() {
                None => break,
                Some(Change::Assign(places)) => self.assign(&places)?,
                Some(Change::Revoke { places, lost }) => self.revoke(places, lost)?,
            }
        }
        Ok(())
    }

    /// Empties the main queue, and refuses to go on when a topic turns out to be another one.
    fn drain(&mut self) -> Result<(), Fault> {
        for _ in 0..POLLS {
            let told = self.consumer.context().told();
            match self.consumer.poll(Duration::ZERO) {
                // A poll that handled something says the same as one that found nothing.
                None if self.consumer.context().told() == told => break,
                None => {}
                Some(Ok(_)) => return Err(Fault::permanent("a message came past the queue of its partition")),
                Some(Err(error)) => self.trouble(&error)?,
            }
        }
        match self.consumer.context().ids().renewed() {
            Some(found) => Err(renewed(&found.topic, &found.before, &found.now, &self.beginnings.group).into()),
            None => Ok(()),
        }
    }

    fn assign(&mut self, places: &[Place]) -> Result<(), Fault> {
        let is_all = self.beginnings.known.iter().all(|place| places.contains(place));
        self.beginnings.alone(!is_all)?;
        let mut regained = self.regain(places)?;
        let others: Vec<_> = places
            .iter()
            .filter(|place| !regained.contains_key(*place))
            .cloned()
            .collect();
        let Some(begins) = self.begins(&others)? else {
            return Ok(());
        };
        let mut assignment = list(&[], Offset::Invalid).map_err(|e| cannot_assign(&e))?;
        let (mut added, mut again) = (Vec::new(), Vec::new());
        for place in places {
            let (topic, id) = place;
            let was_ours = regained.remove(place);
            let next = match (&was_ours, begins.positions.get(place)) {
                (Some((_, next)), _) => *next,
                (None, Some(position)) => position.offset,
                (None, None) => return Err(Fault::permanent(format!("nothing says where {topic}/{id} begins"))),
            };
            tracing::info!(target: "streaming_runtime::kafka", "{topic}/{id} is read from offset {next}");
            assignment
                .add_partition_offset(topic, *id, Offset::Offset(next))
                .map_err(|e| cannot_assign(&e))?;
            let end = self.ends.as_ref().map(|ends| ends.get(place).copied().unwrap_or(0));
            if let Some((partition, _)) = was_ours {
                let mut assigned = Assigned::new(
                    &self.consumer,
                    &self.shared,
                    &mut self.queues,
                    Arc::clone(&partition),
                    next,
                    end,
                )?;
                assigned.done = end.is_some_and(|end| next >= end);
                self.assigned.push(assigned);
                again.push(partition);
                continue;
            }
            let note = Note {
                topic: self.consumer.context().ids().of(topic),
                checkpoint: self.beginnings.run.checkpoint().map(str::to_owned),
                partitions: begins.partitions.get(topic).copied(),
                begun: false,
            };
            let partition = Arc::new(Partition::new(self.numbers, topic, *id, note));
            self.numbers += 1;
            // The queue is split off before anything is fetched into it.
            let mut assigned = Assigned::new(&self.consumer, &self.shared, &mut self.queues, partition, next, end)?;
            // A position behind the end is looked at: another member may have been there already, or the topic was cut.
            assigned.done = end == Some(next);
            self.shared.watch(&assigned.partition);
            added.push((Arc::clone(&assigned.partition), next));
            self.assigned.push(assigned);
        }
        let assigned = call(
            &self.consumer,
            "taking partitions",
            PATIENCE,
            move |consumer| match consumer.rebalance_protocol() {
                RebalanceProtocol::Cooperative => consumer.incremental_assign(&assignment),
                _ => consumer.assign(&assignment),
            },
        );
        assigned.map_err(|e| cannot_assign(&e))?;
        for partition in &again {
            partition.regain();
        }
        self.note_beginnings(&added, &begins)?;
        // From now on the group says what was read, by whomever.
        self.beginnings.anew = false;
        for (partition, next) in added {
            self.tell(Told::Added(Arc::clone(&partition)));
            self.tell(Told::Begun(partition, next));
        }
        self.joining = None;
        Ok(())
    }

    /// Commits where reading begins of partitions that the group knew nothing of. Otherwise a partition that stays quiet until the pipeline stops would
    /// begin anew where `start` says, and with `latest` behind what came meanwhile.
    ///
    /// # Errors
    /// A message where the group must be set back and does not take it: other members would begin where it was.
    fn note_beginnings(&self, added: &[(Arc<Partition>, i64)], begins: &Begun) -> Result<(), Fault> {
        let is_first = |(partition, _): &&(Arc<Partition>, i64)| {
            begins.first.contains_key(&(partition.topic.clone(), partition.id))
        };
        let first: Vec<_> = added.iter().filter(is_first).collect();
        if first.is_empty() {
            return Ok(());
        }
        let begun = |partition: &Partition| Note {
            begun: true,
            ..partition.note.clone()
        };
        let notes: Vec<_> = first.iter().map(|(partition, _)| begun(partition)).collect();
        let group = &self.beginnings.group;
        for attempt in 1.. {
            let named = first
                .iter()
                .zip(&notes)
                .map(|((partition, next), note)| (&**partition, *next, note));
            let offsets = offsets(named).map_err(|error| Fault::of(&error, say(&error)));
            let committed = offsets.and_then(|offsets| commit(&self.consumer, offsets));
            match committed {
                Ok(true) => break,
                _ if self.shared.is_stopped() => break,
                Err(error) if self.beginnings.anew => return Err(error),
                Ok(false) if self.beginnings.anew && attempt == ATTEMPTS => {
                    return Err(Fault::passing(format!(
                        "the group `{group}` was not set back to where reading begins anew: start the pipeline again"
                    )));
                }
                Ok(false) if self.beginnings.anew => std::thread::park_timeout(SERVE_EVERY),
                Ok(false) => {
                    tracing::info!(
                        target: "streaming_runtime::kafka",
                        "where reading begins is not known to the group `{group}` yet: it is with the first batch"
                    );
                    break;
                }
                Err(error) => {
                    tracing::warn!(target: "streaming_runtime::kafka", %error, "the group `{group}` does not know where reading begins");
                    break;
                }
            }
        }
        Ok(())
    }

    /// What the group has committed; `None` when the source was closed before the brokers answered.
    pub(super) fn committed(&self, places: &[Place]) -> Option<HashMap<Place, (i64, Note)>> {
        let _at = self.beginnings.waits_for_offsets();
        while !self.shared.is_stopped() {
            match committed(&self.consumer, places) {
                Ok(found) => return Some(found),
                Err(error) => {
                    let why = say(&error);
                    tracing::info!(target: "streaming_runtime::kafka", why, "cannot ask what is committed; trying again");
                }
            }
            std::thread::park_timeout(Duration::from_secs(1));
        }
        None
    }

    /// Where the partitions begin; `None` when the source was closed before the brokers answered.
    fn begins(&self, places: &[Place]) -> Result<Option<Begun>, Fault> {
        let mut unfit = 0;
        let _at = self.beginnings.waits_for_offsets();
        while !self.shared.is_stopped() {
            let error = match self.beginnings.of(&self.consumer, places) {
                Ok(begins) => return Ok(Some(begins)),
                Err(Unanswered::Refused(message)) => return Err(message.into()),
                Err(Unanswered::Kafka(error)) => error,
            };
            unfit += usize::from(is_final(&error));
            if unfit == ATTEMPTS {
                return Err(Fault::of(
                    &error,
                    format!("cannot ask where partitions begin: {}", say(&error)),
                ));
            }
            tracing::info!(target: "streaming_runtime::kafka", %error, "cannot ask where partitions begin; trying again");
            std::thread::park_timeout(Duration::from_secs(1));
        }
        Ok(None)
    }

    /// Makes chunks of what is there, a few at a time; false when there is nothing to do for now.
    fn fetch(&mut self) -> Result<bool, Fault> {
        let mut busy = false;
        for _ in 0..self.assigned.len() {
            if self.shared.is_full() {
                return Ok(false);
            }
            let turns = self.assigned.iter_mut();
            let Some(next) = turns::take(turns.map(|assigned| (assigned.is_ready(), &mut assigned.turn))) else {
                break;
            };
            self.fetch_one(next)?;
            busy = true;
        }
        Ok(busy)
    }

    fn fetch_one(&mut self, index: usize) -> Result<(), Fault> {
        let assigned = &mut self.assigned[index];
        assigned.ready.store(false, Ordering::Release);
        let (messages, filled, stop) = fill(assigned, self.limits);
        let partition = Arc::clone(&assigned.partition);
        assigned.next = filled.next;
        assigned.done = filled.done;
        assigned.turn.reached = filled.reached.unwrap_or(assigned.turn.reached);
        if let Some(messages) = messages {
            self.handshakes = 0;
            // A topic that was created anew is told of before its records are fetched.
            self.drain()?;
            self.shared.put(filled.rows, filled.bytes);
            let chunk = KafkaChunk::new(Arc::clone(&partition), messages);
            self.tell(Told::Chunk(Arc::clone(&partition), chunk, filled));
        }
        let assigned = &mut self.assigned[index];
        match stop {
            None => {}
            Some(KafkaError::PartitionEOF(_)) => {
                partition.ends_at(assigned.next);
                // What is behind the last message, if anything, belongs to transactions and is not for us.
                assigned.done |= assigned.end.is_some();
                assigned.ready.store(true, Ordering::Release);
                self.tell(Told::CaughtUp(partition));
            }
            Some(error) if error.rdkafka_error_code() == Some(Code::AutoOffsetReset) => {
                return Err(self.gone(index).into());
            }
            Some(error) => {
                assigned.ready.store(true, Ordering::Release);
                self.trouble(&error)?;
            }
        }
        if self.assigned[index].done {
            self.pause(index);
        }
        Ok(())
    }

    /// A partition that has been read as far as it is to be read is not fetched any more.
    fn pause(&self, index: usize) {
        let partition = &self.assigned[index].partition;
        let place = (partition.topic.clone(), partition.id);
        let paused = list(&[place], Offset::Invalid).and_then(|list| {
            call(&self.consumer, "pausing", PATIENCE, move |consumer| {
                consumer.pause(&list)
            })
        });
        if let Err(error) = paused {
            tracing::debug!(target: "streaming_runtime::kafka", %error, "cannot pause {}", partition.label);
        }
    }

    /// The position of a partition is not there (any more).
    fn gone(&self, index: usize) -> String {
        let Assigned { partition, next, .. } = &self.assigned[index];
        let places = [(partition.topic.clone(), partition.id)];
        let ask = |offset| {
            at(&self.consumer, &places, offset)
                .ok()
                .and_then(|found| found.into_values().next())
        };
        let group = &self.beginnings.group;
        let what = format!(
            "cannot read {} from offset {next}, where the group `{group}` is",
            partition.label
        );
        match (ask(Offset::Beginning), ask(Offset::End)) {
            (Some(first), _) if *next < first => format!(
                "{what}: the oldest record still there is {first}, so {} are lost; lengthen the topic's retention, then set the \
                 group's offset to {first} with kafka-consumer-groups, or use another `.group(…)`",
                first - next
            ),
            (_, Some(end)) if *next > end => format!(
                "{what}: it ends at {end}, so it was deleted or truncated in between; set the group's offset with \
                 kafka-consumer-groups, or use another `.group(…)`"
            ),
            _ => format!("{what}: the brokers no longer have it; set the group's offset, or use another `.group(…)`"),
        }
    }

    /// Tells, once, that a run that ends has ended.
    fn end(&mut self) {
        if self.ends.is_none() || self.ended || self.joining.is_some() {
            return;
        }
        if self.assigned.iter().all(|assigned| assigned.done) {
            self.ended = true;
            self.tell(Told::Ended);
        }
    }

    /// Leaves the group. Chunks that somebody still holds keep the consumer alive: it is served until they are gone, but nobody has to wait
    /// for that.
    fn leave(self) {
        let Self {
            consumer,
            assigned,
            queues,
            told,
            left,
            leaving,
            suspended,
            mut changes,
            beginnings,
            joining,
            ..
        } = self;
        drop(joining);
        let what = format!("the group `{}` to be left", beginnings.group);
        let _at = beginnings.run.at(Act::For(what));
        // Somebody may wait to know whose they are.
        for (partition, _) in &suspended {
            partition.revoke();
        }
        consumer.context().leave();
        changes.extend(consumer.context().take_changes());
        let open: Vec<_> = leaving.map(Leaving::into_change).into_iter().chain(changes).collect();
        drop((assigned, queues, told));
        let subscribed = Arc::clone(&consumer);
        let gone = within("leaving the group", PATIENCE, move || {
            for change in &open {
                give_up(&subscribed, change);
            }
            subscribed.unsubscribe();
            // Noted before, carried out by nobody.
            for change in &subscribed.context().take_changes() {
                give_up(&subscribed, change);
            }
        });
        if let Err(late) = gone {
            tracing::warn!(target: "streaming_runtime::kafka", "{late}");
        }
        let mut left = Some(left);
        let mut polls = 0;
        while Arc::strong_count(&consumer) > 1 {
            drop(consumer.poll(Duration::from_millis(10)));
            polls += 1;
            if polls == LEAVING_POLLS {
                left = None;
            }
        }
        // Says farewell to the group, and waits until that is sent.
        if let Err(late) = within("leaving the group", FAREWELL, move || drop(consumer)) {
            tracing::warn!(target: "streaming_runtime::kafka", "{late}");
        }
        drop(left);
    }
}

fn cannot_assign(error: &KafkaError) -> Fault {
    let message = format!("cannot take the partitions that the group assigned: {}", say(error));
    Fault::of(error, message)
}
