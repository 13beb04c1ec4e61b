//! Why there is no output: what windows wait for, said once for each cause.

use std::time::Duration;

use super::Following;
use crate::engine::Ledger;
use crate::progress::shown;

/// A watermark that has not moved for so long, although records are read, is wondered about.
const WONDER: Duration = Duration::from_secs(7);
/// How many partitions a message names.
const NAMED: usize = 5;

/// What is known of a watermark that stands still.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    watermark: Option<i64>,
    /// Since when it stands, and how many records had been read then.
    since: Option<Duration>,
    rows: u64,
    told: Option<Cause>,
}

/// Why a watermark stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    /// No record had an event time.
    NoTimes,
    /// Partitions that an earlier run had read are not read yet.
    Awaited(Vec<String>),
    /// No event time of these partitions was seen.
    Unseen(Vec<u32>),
    /// This partition gives no event times any more, and others do.
    Silent(u32),
}

impl Following {
    /// What windows wait for, where that is not known yet.
    pub(super) fn doubt(&mut self, ledger: &Ledger, now: Duration) -> Option<String> {
        let (watermark, rows) = (self.clock.watermark(), ledger.rows_of(&self.sources));
        if self.doubt.watermark != Some(watermark) {
            self.doubt = Doubt {
                watermark: Some(watermark),
                since: Some(now),
                rows,
                told: None,
            };
            return None;
        }
        let stands = now.saturating_sub(self.doubt.since?);
        if stands < WONDER || rows <= self.doubt.rows || watermark == i64::MAX {
            return None;
        }
        let cause = self.cause(ledger, now)?;
        if self.doubt.told.as_ref() == Some(&cause) {
            return None;
        }
        let text = self.words(&cause, ledger, rows - self.doubt.rows);
        self.doubt.told = Some(cause);
        Some(text)
    }

    fn cause(&self, ledger: &Ledger, now: Duration) -> Option<Cause> {
        let (standing, seen) = (self.clock.standing(), self.clock.seen());
        if self.awaited(ledger).is_some() {
            let labels = self.waiting.keys().map(|(_, label)| format!("`{label}`"));
            return Some(Cause::Awaited(labels.collect()));
        }
        if seen.is_empty() {
            return Some(Cause::NoTimes);
        }
        if !standing.unseen.is_empty() {
            let mut unseen = standing.unseen;
            unseen.sort_unstable();
            return Some(Cause::Unseen(unseen));
        }
        let slowest = standing.set_by?;
        let its = seen.get(&slowest)?;
        let others_go_on = seen
            .values()
            .any(|other| other.last > its.last && other.highest > its.highest);
        (others_go_on && now.saturating_sub(its.last) >= WONDER).then_some(Cause::Silent(slowest))
    }

    fn words(&self, cause: &Cause, ledger: &Ledger, rows: u64) -> String {
        let name = self.name;
        let begin = match self.clock.watermark() {
            i64::MIN => format!("no window can close: `event_time` of `{name}`"),
            at => format!("no window after {} can close: `event_time` of `{name}`", shown(at)),
        };
        let option = match self.clock.idle() {
            Some(idle) => format!("`idle = {idle:?}` has it not wait for a partition that was read to its end and gives no event time for that long"),
            None => "with `idle = 30s` in `event_time` it does not wait for a partition that was read to its end and gives no event time for that long"
                .to_owned(),
        };
        let partition = |partition: &u32| ledger.describe(&self.sources, *partition);
        match cause {
            Cause::NoTimes => format!(
                "{begin} was given no event time that counts, although {rows} records were read: look whether all are filtered out or cannot be decoded \
                 before it, or are too far ahead of this machine's clock (`errors`, `ahead` and `rows` of the operators in the progress)"
            ),
            Cause::Awaited(labels) => {
                format!(
                    "{begin} waits for partitions that an earlier run had read and that this one does not yet: {}; {option}",
                    listed(labels.iter().cloned())
                )
            }
            Cause::Unseen(partitions) => format!(
                "{begin} waits for partitions of which it has seen no event time: {}; {option}",
                listed(partitions.iter().map(partition))
            ),
            Cause::Silent(slowest) => format!(
                "{begin} waits for {}, which gives no event time any more while others do; {option}",
                partition(slowest)
            ),
        }
    }
}

/// The first few, and how many more there are.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        return format!("{text} and {more} more");
    }
    text
}
