//! Questions about offsets: where partitions begin and end, where reading begins.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::Start;
use super::context::Context;
use super::partition::label;

/// A topic and a partition of it.
pub(super) type Place = (String, i32);

/// How long one question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Decides where the partitions of an assignment begin.
#[derive(Debug)]
pub(super) struct Beginnings {
    pub(super) group: String,
    pub(super) start: Start,
    /// Positions of an earlier run, by label: they come before everything else.
    pub(super) resume: HashMap<String, i64>,
    /// The group's offsets are committed together with what the positions belong to: it cannot be ahead of them.
    pub(super) together: bool,
    /// No state belongs to the positions: other members may have had the partitions meanwhile, and been further.
    pub(super) shared: bool,
    /// The partitions there were when the source was opened.
    pub(super) known: BTreeSet<Place>,
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

impl Beginnings {
    /// The offset to begin each of `places` at.
    pub(super) fn of(
        &self,
        consumer: &BaseConsumer<Context>,
        places: &[Place],
    ) -> Result<HashMap<Place, i64>, Unanswered> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let mut found = HashMap::new();
        let mut asked = TopicPartitionList::new();
        let committed = consumer.committed_offsets(list(places, Offset::Invalid)?, PATIENCE)?;
        for element in committed.elements() {
            element.error()?;
            let place = (element.topic().to_owned(), element.partition());
            let resumed = self.resume.get(&label(&place.0, place.1)).copied();
            let begin = match (resumed, element.offset()) {
                (Some(resumed), Offset::Offset(committed)) if committed > resumed => {
                    Begin::At(self.behind(&place, resumed, committed).map_err(Unanswered::Refused)?)
                }
                (Some(offset), _) | (None, Offset::Offset(offset)) => Begin::At(offset),
                (None, _) => self.begin(&place).map_err(Unanswered::Refused)?,
            };
            match begin {
                Begin::At(offset) => drop(found.insert(place, offset)),
                Begin::Ask(offset) => asked.add_partition_offset(&place.0, place.1, offset)?,
            }
        }
        let mut behind = Vec::new();
        for (place, offset) in ask(consumer, asked)? {
            match offset {
                Some(offset) => drop(found.insert(place, offset)),
                // No message is that young: begin behind the newest.
                None => behind.push(place),
            }
        }
        found.extend(at(consumer, &behind, Offset::End)?);
        Ok(found)
    }

    /// Where to go on when the group is ahead of the checkpoint.
    fn behind(&self, (topic, partition): &Place, resumed: i64, committed: i64) -> Result<i64, String> {
        match (self.shared, self.together) {
            (true, _) => return Ok(committed),
            (false, false) => return Ok(resumed),
            (false, true) => {}
        }
        Err(format!(
            "the checkpoint has read {label} up to offset {resumed}, but the group `{group}` has committed {committed}, in the same transactions: \
             the checkpoint directory is an old copy; use the newest one, or begin with a new directory and another `.group(…)`",
            label = label(topic, *partition),
            group = self.group
        ))
    }

    /// A partition was given back when everything before `written` was written.
    pub(super) fn wrote(&mut self, label: &str, written: i64) {
        // Where the group's offsets are committed with the output, and no state belongs to them, the group alone counts.
        if written > 0 && !(self.shared && self.together) {
            self.resume.insert(label.to_owned(), written);
        }
    }

    /// Where a partition begins that neither an earlier run nor the group says anything of.
    fn begin(&self, place: &Place) -> Result<Begin, String> {
        let (topic, partition) = place;
        // What was written to a partition before it was found must not be skipped.
        if !self.known.contains(place) {
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

/// Where a partition begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    At(i64),
    /// Where the brokers say that this offset, or the first message of this timestamp, is.
    Ask(Offset),
}

/// The first ([`Offset::Beginning`]) or the next ([`Offset::End`]) offset of each of `places`; of what is committed, where only that is
/// read.
pub(super) fn at(
    consumer: &BaseConsumer<Context>,
    places: &[Place],
    offset: Offset,
) -> Result<HashMap<Place, i64>, KafkaError> {
    let answers = ask(consumer, list(places, offset)?)?;
    Ok(answers
        .into_iter()
        .map(|(place, offset)| (place, offset.unwrap_or(0)))
        .collect())
}

/// Asks for offsets by timestamp, in one request for each broker; beginning and end are timestamps, too.
fn ask(consumer: &BaseConsumer<Context>, list: TopicPartitionList) -> Result<Vec<(Place, Option<i64>)>, KafkaError> {
    if list.count() == 0 {
        return Ok(Vec::new());
    }
    let answer = consumer.offsets_for_times(list, PATIENCE)?;
    let mut offsets = Vec::new();
    for element in answer.elements() {
        element.error()?;
        let offset = match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        offsets.push(((element.topic().to_owned(), element.partition()), offset));
    }
    Ok(offsets)
}

/// A list of partitions, all with this offset.
pub(super) fn list(places: &[Place], offset: Offset) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for (topic, partition) in places {
        list.add_partition_offset(topic, *partition, offset)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginnings(start: Start) -> Beginnings {
        Beginnings {
            group: "g".to_owned(),
            start,
            resume: HashMap::new(),
            together: false,
            shared: true,
            known: [("orders".to_owned(), 0), ("orders".to_owned(), 1)].into(),
        }
    }

    fn begin(start: Start, partition: i32) -> Result<Begin, String> {
        beginnings(start).begin(&("orders".to_owned(), partition))
    }

    #[test]
    fn every_start_says_where() {
        assert_eq!(begin(Start::Earliest, 0), Ok(Begin::Ask(Offset::Beginning)));
        assert_eq!(begin(Start::Latest, 0), Ok(Begin::Ask(Offset::End)));
        assert_eq!(begin(Start::Timestamp(7), 1), Ok(Begin::Ask(Offset::Offset(7))));
        assert_eq!(begin(Start::Offsets([(1, 9)].into()), 1), Ok(Begin::At(9)));
    }

    #[test]
    fn a_partition_found_later_is_read_from_its_beginning() {
        for start in [
            Start::Latest,
            Start::Committed,
            Start::Timestamp(7),
            Start::Offsets([(1, 9)].into()),
        ] {
            assert_eq!(begin(start, 2), Ok(Begin::Ask(Offset::Beginning)));
        }
    }

    #[test]
    fn a_group_that_is_ahead_of_the_checkpoint() {
        let mut beginnings = beginnings(Start::Earliest);
        let place = ("orders".to_owned(), 0);
        assert_eq!(beginnings.behind(&place, 4, 9), Ok(9), "another member was further");
        beginnings.wrote("orders/0", 12);
        assert_eq!(beginnings.resume["orders/0"], 12);
        beginnings.shared = false;
        assert_eq!(beginnings.behind(&place, 4, 9), Ok(4), "the state is of there");
        beginnings.together = true;
        let error = beginnings.behind(&place, 4, 9).unwrap_err();
        assert!(error.contains("an old copy"), "{error}");
    }

    #[test]
    fn what_start_does_not_answer_is_an_error() {
        let error = begin(Start::Committed, 0).unwrap_err();
        assert!(
            error.starts_with("the group `g` has no committed offset for orders/0: "),
            "{error}"
        );
        let error = begin(Start::Offsets([(1, 9)].into()), 0).unwrap_err();
        assert!(error.contains("does not name partition 0"), "{error}");
        let error = begin(Start::Offsets([(0, -1)].into()), 0).unwrap_err();
        assert!(error.contains("names offset -1 for partition 0"), "{error}");
    }
}
