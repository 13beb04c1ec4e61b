//! Where partitions begin: what the checkpoint, the group and the `start` option say, in this order, and what contradicts what.
//!
//! | the checkpoint | the group | reading begins |
//! |---|---|---|
//! | has a position | has none, or an earlier one | at the position: brokers forget the offsets of a group that is away for long |
//! | has a position | is ahead | at the group, where members without state share it; else the checkpoint is an old copy: refused |
//! | has none | has an offset | at the group, unless another checkpoint committed it: then what was counted is not here, and it is refused |
//! | has none | has none | where `start` says; of a topic that was read before, at the beginning: the partition was added since |

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::Start;
use super::context::Context;
use super::note::Note;
use super::offsets::{Place, ask, at, committed};
use super::partition::label;
use super::position::{KafkaPosition, TopicId};
use crate::run::Run;
use crate::run::{Act, At};

/// Decides where the partitions of an assignment begin.
#[derive(Debug)]
pub(super) struct Beginnings {
    pub(super) group: String,
    pub(super) start: Start,
    /// Positions of an earlier run, by label: they come before everything else.
    pub(super) resume: HashMap<String, KafkaPosition>,
    /// The group's offsets are committed together with what the positions belong to: it cannot be ahead of them.
    pub(super) together: bool,
    /// The group has, or had, other members.
    pub(super) accompanied: bool,
    /// What others have committed does not count: the pipeline begins anew, and this member has taken no partitions yet.
    pub(super) anew: bool,
    /// The partitions there were when the source was opened.
    pub(super) known: BTreeSet<Place>,
    pub(super) run: Arc<Run>,
}

/// Where partitions begin.
#[derive(Debug, Default)]
pub(super) struct Begun {
    pub(super) positions: HashMap<Place, KafkaPosition>,
    /// Those of partitions that neither an earlier run nor the group knew anything of.
    pub(super) first: HashMap<Place, KafkaPosition>,
    /// How many partitions each topic had when it was first read.
    pub(super) partitions: HashMap<String, i32>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The brokers did not say; they may when they are asked again.
    Kafka(KafkaError),
    /// Asking again would not help.
    Refused(String),
}

impl From<KafkaError> for Unanswered {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

impl From<String> for Unanswered {
    fn from(error: String) -> Self {
        Self::Refused(error)
    }
}

/// What the group has committed, by place.
type Committed = HashMap<Place, (i64, Note)>;

impl Beginnings {
    /// Where to begin each of `places`.
    pub(super) fn of(&self, consumer: &Arc<BaseConsumer<Context>>, places: &[Place]) -> Result<Begun, Unanswered> {
        let mut begun = Begun::default();
        if places.is_empty() {
            return Ok(begun);
        }
        let id = |place: &Place| consumer.context().ids().of(&place.0);
        let all: BTreeSet<_> = places.iter().chain(&self.known).cloned().collect();
        let all: Vec<_> = all.into_iter().collect();
        let mut committed = committed(consumer, &all)?;
        if self.anew {
            committed.retain(|_, (_, note)| note.checkpoint.as_deref() == self.run.checkpoint());
        }
        let mut asked = TopicPartitionList::new();
        for place in places {
            let count = self.began_with(&place.0, &all, &committed);
            let had = i32::try_from(all.iter().filter(|other| other.0 == place.0).count()).unwrap_or(i32::MAX);
            begun.partitions.entry(place.0.clone()).or_insert(count.unwrap_or(had));
            let from = match self.go_on(place, id(place), committed.get(place))? {
                Some(offset) => {
                    begun
                        .positions
                        .insert(place.clone(), KafkaPosition::new(offset, id(place)));
                    continue;
                }
                None => self.begin(place, count.is_some_and(|count| place.1 >= count))?,
            };
            match from {
                Begin::At(offset) => drop(begun.first.insert(place.clone(), KafkaPosition::new(offset, id(place)))),
                Begin::Ask(offset) => asked.add_partition_offset(&place.0, place.1, offset)?,
            }
        }
        let mut behind = Vec::new();
        for (place, offset) in ask(consumer, asked)? {
            match offset {
                Some(offset) => drop(
                    begun
                        .first
                        .insert(place.clone(), KafkaPosition::new(offset, id(&place))),
                ),
                // No message is that young: begin after the newest.
                None => behind.push(place),
            }
        }
        for (place, offset) in at(consumer, &behind, Offset::End)? {
            let position = KafkaPosition::new(offset, id(&place));
            begun.first.insert(place, position);
        }
        for (place, position) in &begun.first {
            begun.positions.insert(place.clone(), position.clone());
        }
        Ok(begun)
    }

    /// What it waits for while it asks what the group has committed.
    pub(super) fn waits_for_offsets(&self) -> At {
        self.run.at(Act::For(format!(
            "brokers to say what the group `{}` has committed: they wait for the end of a transaction that was left open, at most for its \
             `transaction.timeout.ms`",
            self.group
        )))
    }

    /// Refuses to begin anew beside members that do not.
    ///
    /// # Errors
    /// A message when the group has other members.
    pub(super) fn alone(&self, accompanied: bool) -> Result<(), String> {
        // The one instance that keeps state takes the place of the one before.
        if !self.anew || self.run.keeps_state() || !accompanied {
            return Ok(());
        }
        Err(format!(
            "the group `{}` has other members, which read on where it is, so that this one cannot begin anew as `.fresh(true)` says: stop them all, and \
             start the first one again alone (a member that was killed counts until its `session.timeout.ms` is over); or leave `.fresh(true)` out, to \
             read on with them",
            self.group
        ))
    }

    /// How many partitions the topic had when it was first read; `None` where nothing of it was read.
    ///
    /// A partition beyond them was added since. Where only the checkpoint knows of the topic, every partition that it does not know was added.
    fn began_with(&self, topic: &str, all: &[Place], committed: &Committed) -> Option<i32> {
        let ours = all.iter().filter(|place| place.0 == topic);
        let notes = ours.clone().filter_map(|place| committed.get(place));
        if let Some(least) = notes.clone().filter_map(|(_, note)| note.partitions).min() {
            return Some(least);
        }
        let is_resumed = ours
            .clone()
            .any(|place| self.resume.contains_key(&label(&place.0, place.1)));
        (is_resumed || notes.count() > 0).then_some(0)
    }

    /// The offset that an earlier run or the group has reached.
    fn go_on(
        &self,
        place: &Place,
        id: Option<TopicId>,
        committed: Option<&(i64, Note)>,
    ) -> Result<Option<i64>, String> {
        let resumed = self.resume.get(&label(&place.0, place.1));
        match (resumed, committed) {
            (None, None) => Ok(None),
            (Some(resumed), committed) => {
                self.same_topic(place, resumed.topic, id, "the checkpoint")?;
                match committed {
                    Some((committed, note)) if *committed > resumed.offset => {
                        self.ahead(place, resumed.offset, *committed, note).map(Some)
                    }
                    Some((committed, _)) if *committed < resumed.offset && self.together => {
                        tracing::warn!(
                            target: "streaming_runtime::kafka",
                            "the group `{}` was set back to offset {committed} of {}: the checkpoint counts, and reading resumes at {}",
                            self.group,
                            label(&place.0, place.1),
                            resumed.offset
                        );
                        Ok(Some(resumed.offset))
                    }
                    _ => Ok(Some(resumed.offset)),
                }
            }
            (None, Some((committed, note))) => {
                self.same_topic(place, note.topic, id, "the group")?;
                self.accept(place, *committed, note)?;
                Ok(Some(*committed))
            }
        }
    }

    /// Refuses a topic that is another one than it was.
    fn same_topic(&self, place: &Place, was: Option<TopicId>, is: Option<TopicId>, who: &str) -> Result<(), String> {
        match (was, is) {
            (Some(was), Some(is)) if was != is => Err(format!(
                "{}; {who} has read the old one",
                renewed(&place.0, &was, &is, &self.group)
            )),
            _ => Ok(()),
        }
    }

    /// Where to go on when the group is ahead of the checkpoint.
    fn ahead(&self, (topic, partition): &Place, resumed: i64, committed: i64, note: &Note) -> Result<i64, String> {
        if self.is_shared() {
            return Ok(committed);
        }
        let ours = note.checkpoint.is_some() && note.checkpoint.as_deref() == self.run.checkpoint();
        if !self.together && !ours {
            return Ok(resumed);
        }
        Err(format!(
            "the checkpoint has read {label} up to offset {resumed}, but the group `{group}` has committed {committed} with it: the checkpoint \
             directory is an old copy; use the newest one, or begin with a new directory, another `.group(…)` and `.fresh(true)`",
            label = label(topic, *partition),
            group = self.group
        ))
    }

    /// Whether to go on at an offset of the group that the checkpoint has no position for.
    fn accept(&self, (topic, partition): &Place, committed: i64, note: &Note) -> Result<(), String> {
        let (Some(ours), Some(theirs)) = (self.run.checkpoint(), note.checkpoint.as_deref()) else {
            return Ok(());
        };
        let ours = ours == theirs;
        // Where reading only began nothing was counted; the position is in the checkpoint with the first batch.
        if note.begun || ours && self.is_shared() {
            return Ok(());
        }
        // Without state the group says exactly how much was written, where that is committed together; and members that hand partitions over write first.
        if self.is_shared() && (self.together || self.accompanied) {
            return Ok(());
        }
        let (label, group) = (label(topic, *partition), &self.group);
        if self.run.is_new() {
            return Err(self.run.unknown_batches(&format!(
                "the group `{group}` has read {label} up to offset {committed} with another checkpoint"
            )));
        }
        Err(format!(
            "the group `{group}` has read {label} up to offset {committed}, which is not in the checkpoint: {}",
            if ours {
                "the checkpoint directory is an old copy; use the newest one"
            } else {
                "another checkpoint was used meanwhile; use that one, or give each pipeline a `.group(…)` of its own"
            }
        ))
    }

    /// There is a checkpoint and no state belongs to the positions: other members may have had the partitions meanwhile, and been further.
    fn is_shared(&self) -> bool {
        self.run.checkpoint().is_some() && !self.run.keeps_state()
    }

    /// A partition was given back when everything before `written` was written.
    pub(super) fn wrote(&mut self, label: &str, written: i64, topic: Option<TopicId>) {
        // Where the group's offsets are committed with the output, and no state belongs to them, the group alone counts.
        if written > 0 && !(self.is_shared() && self.together) {
            self.resume.insert(label.to_owned(), KafkaPosition::new(written, topic));
        }
    }

    /// Where a partition begins that neither an earlier run nor the group says anything of.
    fn begin(&self, place: &Place, was_added: bool) -> Result<Begin, String> {
        let (topic, partition) = place;
        let names = matches!(self.start, Start::Committed | Start::Offsets(_));
        // What was written to a partition before it was found must not be skipped.
        if !self.known.contains(place) || was_added && !names {
            return Ok(Begin::Ask(Offset::Beginning));
        }
        let without = || {
            format!(
                "the group `{}` has no committed offset for {}",
                self.group,
                label(topic, *partition)
            )
        };
        match &self.start {
            Start::Earliest => Ok(Begin::Ask(Offset::Beginning)),
            Start::Latest => Ok(Begin::Ask(Offset::End)),
            Start::Timestamp(millis) => Ok(Begin::Ask(Offset::Offset(*millis))),
            Start::Offsets(offsets) => match offsets.get(partition) {
                Some(offset) if *offset >= 0 => Ok(Begin::At(*offset)),
                Some(offset) => Err(format!(
                    "`start(offsets(…))` names offset {offset} for partition {partition}: offsets are not negative"
                )),
                None => Err(format!(
                    "{}, and `start(offsets(…))` does not name partition {partition}: add it",
                    without()
                )),
            },
            Start::Committed => Err(format!("{}: use `start(earliest)`, or commit one first", without())),
        }
    }
}

/// What to say of a topic that is another one than it was.
pub(super) fn renewed(topic: &str, was: &TopicId, is: &TopicId, group: &str) -> String {
    format!(
        "topic `{topic}` was deleted and created anew (its id was {was} and is {is}), so that the offsets of the group `{group}` mean other records: \
         to read the new topic from its beginning, use another `.group(…)`, and with a checkpoint a new directory"
    )
}

/// Where a partition begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    At(i64),
    /// Where the brokers say that this offset, or the first message of this timestamp, is.
    Ask(Offset),
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "gb3Xa-zATuO_FBwfCbTTaA";
    const B: &str = "XL5aFwo_TGOlC9eOFQd4Mw";

    fn beginnings(run: Arc<Run>, start: Start) -> Beginnings {
        Beginnings {
            group: "g".to_owned(),
            start,
            resume: HashMap::new(),
            together: false,
            accompanied: false,
            anew: false,
            known: [("orders".to_owned(), 0), ("orders".to_owned(), 1)].into(),
            run,
        }
    }

    fn with_state() -> Beginnings {
        beginnings(Run::checkpointed("p", "ours", true), Start::Earliest)
    }

    fn without_state() -> Beginnings {
        beginnings(Run::checkpointed("p", "ours", false), Start::Earliest)
    }

    fn place() -> Place {
        ("orders".to_owned(), 0)
    }

    fn by(checkpoint: Option<&str>) -> Note {
        Note {
            checkpoint: checkpoint.map(str::to_owned),
            ..Note::default()
        }
    }

    fn begin(start: Start, partition: i32, was_added: bool) -> Result<Begin, String> {
        beginnings(Run::new("p"), start).begin(&("orders".to_owned(), partition), was_added)
    }

    #[test]
    fn every_start_says_where() {
        assert_eq!(begin(Start::Earliest, 0, false), Ok(Begin::Ask(Offset::Beginning)));
        assert_eq!(begin(Start::Latest, 0, false), Ok(Begin::Ask(Offset::End)));
        assert_eq!(begin(Start::Timestamp(7), 1, false), Ok(Begin::Ask(Offset::Offset(7))));
        assert_eq!(begin(Start::Offsets([(1, 9)].into()), 1, false), Ok(Begin::At(9)));
    }

    #[test]
    fn a_partition_that_was_added_is_read_from_its_beginning() {
        for start in [
            Start::Latest,
            Start::Committed,
            Start::Timestamp(7),
            Start::Offsets([(1, 9)].into()),
        ] {
            assert_eq!(
                begin(start, 2, false),
                Ok(Begin::Ask(Offset::Beginning)),
                "while it runs"
            );
        }
        for start in [Start::Latest, Start::Timestamp(7)] {
            assert_eq!(
                begin(start, 1, true),
                Ok(Begin::Ask(Offset::Beginning)),
                "before it started"
            );
        }
    }

    #[test]
    fn what_start_does_not_answer_is_an_error() {
        let error = begin(Start::Committed, 0, true).unwrap_err();
        assert!(
            error.starts_with("the group `g` has no committed offset for orders/0: "),
            "{error}"
        );
        let error = begin(Start::Offsets([(1, 9)].into()), 0, false).unwrap_err();
        assert!(error.contains("does not name partition 0"), "{error}");
        let error = begin(Start::Offsets([(0, -1)].into()), 0, false).unwrap_err();
        assert!(error.contains("names offset -1 for partition 0"), "{error}");
    }

    #[test]
    fn partitions_beyond_those_at_the_beginning_were_added() {
        let mut beginnings = with_state();
        let all: Vec<_> = beginnings.known.iter().cloned().collect();
        let began_with =
            |beginnings: &Beginnings, committed: &Committed| beginnings.began_with("orders", &all, committed);
        assert_eq!(began_with(&beginnings, &Committed::new()), None);
        let note = Note {
            partitions: Some(1),
            ..Note::default()
        };
        assert_eq!(began_with(&beginnings, &[(place(), (3, note))].into()), Some(1));
        assert_eq!(
            began_with(&beginnings, &[(place(), (3, by(None)))].into()),
            Some(0),
            "of another client"
        );
        beginnings.resume.insert("orders/0".to_owned(), 3.into());
        assert_eq!(began_with(&beginnings, &Committed::new()), Some(0));
    }

    #[test]
    fn a_group_that_is_ahead_of_the_checkpoint() {
        let ahead = |beginnings: &Beginnings, note| beginnings.ahead(&place(), 4, 9, &note);
        assert_eq!(
            ahead(&without_state(), by(Some("ours"))),
            Ok(9),
            "another member was further"
        );
        let mut beginnings = with_state();
        assert_eq!(ahead(&beginnings, by(None)), Ok(4), "the state is of there");
        let error = ahead(&beginnings, by(Some("ours"))).unwrap_err();
        assert!(error.contains("an old copy"), "{error}");
        beginnings.together = true;
        let error = ahead(&beginnings, by(None)).unwrap_err();
        assert!(error.contains("an old copy"), "{error}");
    }

    #[test]
    fn a_group_that_forgot_or_was_set_back_does_not_count() {
        for mut beginnings in [with_state(), without_state()] {
            beginnings.together = true;
            beginnings.resume.insert("orders/0".to_owned(), 9.into());
            let go_on = |committed| beginnings.go_on(&place(), None, committed).unwrap();
            assert_eq!(go_on(None), Some(9));
            assert_eq!(go_on(Some(&(4, by(Some("ours"))))), Some(9));
        }
    }

    #[test]
    fn a_new_directory_beside_a_group_that_was_read_with_another_is_refused() {
        let of = |run: Arc<Run>| beginnings(run, Start::Earliest);
        let theirs = (9, by(Some("theirs")));
        let error = of(Run::new_checkpoint("p", "ours", false))
            .go_on(&place(), None, Some(&theirs))
            .unwrap_err();
        assert!(
            error.contains("orders/0 up to offset 9 with another checkpoint"),
            "{error}"
        );
        assert!(error.contains(".fresh(true)"), "{error}");
        // Offsets of a pipeline that had no checkpoint, or that somebody set, are a place to begin.
        let nobodys = (9, by(None));
        let go_on = of(Run::new_checkpoint("p", "ours", false)).go_on(&place(), None, Some(&nobodys));
        assert_eq!(go_on, Ok(Some(9)));
        let error = with_state().go_on(&place(), None, Some(&theirs)).unwrap_err();
        assert!(error.contains("another checkpoint was used meanwhile"), "{error}");
    }

    #[test]
    fn members_without_state_share_a_group() {
        let theirs = (9, by(Some("theirs")));
        let mut beginnings = without_state();
        assert!(beginnings.go_on(&place(), None, Some(&theirs)).is_err());
        beginnings.accompanied = true;
        assert_eq!(beginnings.go_on(&place(), None, Some(&theirs)), Ok(Some(9)));
        (beginnings.accompanied, beginnings.together) = (false, true);
        assert_eq!(beginnings.go_on(&place(), None, Some(&theirs)), Ok(Some(9)));
    }

    #[test]
    fn one_member_of_several_cannot_begin_anew() {
        let new = |keeps_state| {
            let run = if keeps_state {
                Run::new_checkpoint("p", "ours", true)
            } else {
                Run::checkpointed("p", "ours", false)
            };
            Beginnings {
                anew: true,
                ..beginnings(run, Start::Earliest)
            }
        };
        let error = new(false).alone(true).unwrap_err();
        assert!(error.starts_with("the group `g` has other members"), "{error}");
        assert_eq!(new(false).alone(false), Ok(()));
        assert_eq!(new(true).alone(true), Ok(()), "it takes the place of the one before");
        assert_eq!(without_state().alone(true), Ok(()), "it does not begin anew");
    }

    #[test]
    fn where_reading_only_began_nothing_was_counted() {
        let mut note = by(Some("ours"));
        let error = with_state()
            .go_on(&place(), None, Some(&(9, note.clone())))
            .unwrap_err();
        assert!(error.contains("an old copy"), "{error}");
        note.begun = true;
        assert_eq!(with_state().go_on(&place(), None, Some(&(9, note))), Ok(Some(9)));
    }

    #[test]
    fn a_topic_that_was_created_anew_is_refused() {
        let mut beginnings = with_state();
        let (was, is) = (TopicId::new(A), TopicId::new(B));
        let note = Note {
            topic: was,
            ..Note::default()
        };
        let error = beginnings.go_on(&place(), is, Some(&(4, note.clone()))).unwrap_err();
        assert!(
            error.contains("deleted and created anew") && error.ends_with("the group has read the old one"),
            "{error}"
        );
        assert_eq!(beginnings.go_on(&place(), was, Some(&(4, note))), Ok(Some(4)));
        beginnings
            .resume
            .insert("orders/0".to_owned(), KafkaPosition::new(4, was));
        let error = beginnings.go_on(&place(), is, None).unwrap_err();
        assert!(error.ends_with("the checkpoint has read the old one"), "{error}");
        // Brokers that give no ids leave it open.
        assert_eq!(beginnings.go_on(&place(), None, None), Ok(Some(4)));
    }

    #[test]
    fn what_was_written_of_a_partition_is_where_it_goes_on() {
        let mut beginnings = with_state();
        beginnings.wrote("orders/0", 12, None);
        assert_eq!(beginnings.resume["orders/0"].offset, 12);
    }
}
